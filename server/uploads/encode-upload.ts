import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIO_RATE_HZ } from '../media/formats.ts';
import type { MediaCall, MediaEngine, MediaInfo, TranscodeTask } from '../media/media.ts';
import type { UploadKind, UploadMedia } from './contract.ts';
import { mediaTooLong, notOfItsKind } from './errors.ts';
import { inspectMedia, MAX_MINUTES, MAX_SECONDS } from './inspect-media.ts';
import { plainJpeg } from './jpeg-orientation.ts';
import { imageFilters, keptRate, videoFilters } from './picture-graph.ts';

/** The file is a source of further encodings: better than the 23 of a finished film. */
const CRF = 20;
const AUDIO_KBPS = 192;
/** What a slow, busy machine may take for a second of large footage, on top of a start. */
const TIMEOUT_PER_SECOND = 10;
const START_TIMEOUT_MS = 120_000;
/** Sound this much longer than the picture is sound, not the end of a codec's last frame: the picture is held. */
const HELD_FROM_SECONDS = 0.1;
const COUNTED_FPS = 10;
/** Sound from the beginning of the file on, as every film carries it; gaps become silence, so that nothing slides. */
const STEADY_SOUND = `aresample=async=1:first_pts=0,aformat=sample_fmts=fltp:sample_rates=${AUDIO_RATE_HZ}:channel_layouts=stereo`;

export type EncodedUpload = {
  readonly file: string;
  readonly contentType: 'video/mp4' | 'audio/mp4' | 'image/png';
  readonly media: UploadMedia;
};

/**
 * Encodes a user's file anew, so that nothing of it goes on but pictures and sound: video as H.264 with AAC in
 * MP4, sound as AAC in MP4, a picture as PNG. The result lies in `dir`. Rejects like `inspectMedia` and the engine.
 */
export async function encodeUpload(
  engine: MediaEngine,
  source: { readonly file: string; readonly kind: UploadKind },
  dir: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<EncodedUpload> {
  const { kind } = source;
  const info = await engine.probe(source.file, { signal });
  const found = inspectMedia(kind, info);
  const call = patient(found.seconds || MAX_SECONDS, signal);
  const encode = { video: encodeVideo, audio: encodeAudio, image: encodeImage }[kind];
  const made = await encode(engine, source.file, info, dir, call);
  const media = inspectMedia(kind, await engine.probe(made.file, { signal }));
  return { ...made, media };
}

type Made = Omit<EncodedUpload, 'media'>;

async function encodeVideo(
  engine: MediaEngine,
  source: string,
  info: MediaInfo,
  dir: string,
  call: MediaCall,
): Promise<Made> {
  const { video, audio } = info;
  if (video === null) throw notOfItsKind('has no picture');
  const fps = keptRate(video);
  const seconds = await secondsOf(engine, source, info, call);
  const frames = Math.max(1, Math.round(seconds * fps));
  const picture = `[0:v]${videoFilters(video, { fps, frames })}[picture]`;
  const sound = `[0:a]${STEADY_SOUND},atrim=duration=${(frames / fps).toFixed(6)}[sound]`;
  const encoding = {
    codec: 'h264',
    preset: 'veryfast',
    crf: CRF,
    fps,
    gopFrames: 2 * fps,
  } as const;
  const file = join(dir, 'upload.mp4');
  const task: TranscodeTask = {
    inputs: [{ kind: 'media', file: source }],
    graph: audio ? `${picture};${sound}` : picture,
    outputs: [
      {
        file,
        video: { from: 'picture', frames, encoding },
        ...(audio && {
          audio: { from: 'sound', encoding: { codec: 'aac', bitrateKbps: AUDIO_KBPS } },
        }),
      },
    ],
  };
  await engine.transcode(task, call);
  return { file, contentType: 'video/mp4' };
}

async function encodeAudio(
  engine: MediaEngine,
  source: string,
  _info: MediaInfo,
  dir: string,
  call: MediaCall,
): Promise<Made> {
  const file = join(dir, 'upload.m4a');
  // One second more than is allowed: a file that does not state its length shows that it is too long.
  const graph = `[0:a]${STEADY_SOUND},atrim=duration=${MAX_SECONDS + 1}[sound]`;
  const encoding = { codec: 'aac', bitrateKbps: AUDIO_KBPS } as const;
  const outputs = [{ file, audio: { from: 'sound', encoding } }];
  await engine.transcode({ inputs: [{ kind: 'media', file: source }], graph, outputs }, call);
  return { file, contentType: 'audio/mp4' };
}

async function encodeImage(
  engine: MediaEngine,
  source: string,
  info: MediaInfo,
  dir: string,
  call: MediaCall,
): Promise<Made> {
  const file = join(dir, 'upload.png');
  let plain = source;
  let turn: readonly string[] = [];
  if (info.container === 'jpeg') {
    const jpeg = plainJpeg(await readFile(source));
    plain = join(dir, 'plain.jpg');
    turn = jpeg.turn;
    await writeFile(plain, jpeg.bytes);
  }
  const graph = `[0:v]${imageFilters(turn)}[picture]`;
  const video = { from: 'picture', frames: 1, encoding: { codec: 'png' } } as const;
  const task = {
    inputs: [{ kind: 'media', file: plain }],
    graph,
    outputs: [{ file, video }],
  } as const;
  await engine.transcode(task, call);
  return { file, contentType: 'image/png' };
}

/** How long a video plays, from the beginning of its file. */
async function secondsOf(
  engine: MediaEngine,
  source: string,
  { video, audio }: MediaInfo,
  call: MediaCall,
): Promise<number> {
  const start = Math.min(video?.startSeconds ?? 0, audio?.startSeconds ?? 0);
  const endOf = (stream: { startSeconds: number; seconds: number } | null) =>
    stream && stream.seconds > 0 ? stream.startSeconds - start + stream.seconds : 0;
  const [picture, sound] = [endOf(video), endOf(audio)];
  if (picture === 0) return await measureSeconds(engine, source, call);
  return Math.min(MAX_SECONDS, sound > picture + HELD_FROM_SECONDS ? sound : picture);
}

/** A browser's own recordings do not state their length: the pictures are counted, ten a second. */
async function measureSeconds(
  engine: MediaEngine,
  source: string,
  call: MediaCall,
): Promise<number> {
  const counted = `trim=duration=${MAX_SECONDS + 1},fps=${COUNTED_FPS}:start_time=0`;
  const graph = `[0:v]${counted},metadata=mode=add:key=clipt:value=1,metadata=mode=print,nullsink`;
  const printed = await engine.measure({ inputs: [{ kind: 'media', file: source }], graph }, call);
  const seconds = (printed.match(/^clipt=1$/gm)?.length ?? 0) / COUNTED_FPS;
  if (seconds === 0) throw notOfItsKind('has no picture');
  if (seconds > MAX_SECONDS) throw mediaTooLong(MAX_MINUTES);
  return seconds;
}

function patient(seconds: number, signal: AbortSignal): MediaCall {
  return { signal, timeoutMs: START_TIMEOUT_MS + seconds * TIMEOUT_PER_SECOND * 1000 };
}
