import { z } from 'zod';

const media = z.object({
  kind: z.literal('media'),
  file: z.string(),
  demuxer: z.string(),
  seekSeconds: z.number().nonnegative().optional(),
});
const pictures = z.object({ kind: z.literal('pictures'), file: z.string() });
const inputs = z.array(z.discriminatedUnion('kind', [media, pictures])).readonly();

const pictureEncoding = z.discriminatedUnion('codec', [
  z.object({
    codec: z.literal('h264'),
    preset: z.enum(['ultrafast', 'superfast', 'veryfast']),
    crf: z.number(),
    fps: z.number().int().positive(),
    gopFrames: z.number().int().positive(),
  }),
  z.object({ codec: z.literal('png') }),
  z.object({ codec: z.literal('jpeg'), quality: z.number() }),
]);
const soundEncoding = z.discriminatedUnion('codec', [
  z.object({ codec: z.literal('aac'), bitrateKbps: z.number().positive() }),
  z.object({ codec: z.literal('pcm') }),
]);
const output = z.object({
  file: z.string(),
  video: z
    .object({ from: z.string(), frames: z.number().int().positive(), encoding: pictureEncoding })
    .exactOptional(),
  audio: z.object({ from: z.string(), encoding: soundEncoding }).exactOptional(),
});

/** What the engine's process is asked to do. File names are absolute; printing filters write to the folder it runs in. */
export const order = z.discriminatedUnion('does', [
  z.object({ does: z.literal('probe'), file: z.string(), demuxer: z.string() }),
  z.object({
    does: z.literal('transcode'),
    inputs,
    graph: z.string(),
    outputs: z.array(output).readonly(),
  }),
  z.object({
    does: z.literal('measure'),
    inputs,
    graph: z.string(),
    sinks: z.array(z.object({ label: z.string(), kind: z.enum(['v', 'a']) })).readonly(),
  }),
  z.object({
    does: z.literal('join'),
    segments: z.array(z.string()).readonly(),
    audio: z.string().exactOptional(),
    file: z.string(),
    title: z.string().exactOptional(),
    frames: z.number().int().positive(),
    grid: z.object({ frameTicks: z.number().int(), delayFrames: z.number().int() }),
  }),
]);
export type Order = z.infer<typeof order>;
export type OrderedInput = z.infer<typeof inputs>[number];

const text = z.string().nullable();

/** What a probe found: the parts of `MediaInfo` that only decoding tells. */
export const finding = z.object({
  seconds: z.number(),
  video: z
    .object({
      codec: z.string(),
      profile: text,
      pixelFormat: z.string(),
      width: z.number(),
      height: z.number(),
      rotationDegrees: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      fps: z.object({ numerator: z.number(), denominator: z.number() }),
      frames: z.number().nullable(),
      seconds: z.number(),
      startSeconds: z.number(),
      colorSpace: text,
      colorPrimaries: text,
      colorTransfer: text,
      colorRange: text,
    })
    .nullable(),
  audio: z
    .object({
      codec: z.string(),
      sampleRateHz: z.number(),
      channels: z.number(),
      seconds: z.number(),
      startSeconds: z.number(),
    })
    .nullable(),
});
export type Finding = z.infer<typeof finding>;
