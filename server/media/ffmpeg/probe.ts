import { z } from 'zod';
import type { Accepted } from '../accept.ts';
import { mediaRejected } from '../errors.ts';
import type { AudioInfo, MediaInfo, VideoInfo } from '../media.ts';

const count = z.coerce.number().int().nonnegative();
const seconds = z.coerce.number().catch(0);
const fraction = z
  .string()
  .regex(/^\d+\/\d+$/)
  .transform((text) => text.split('/').map(Number))
  .transform(([numerator = 0, denominator = 0]) => ({ numerator, denominator }));

const stream = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().default('unknown'),
  profile: z.string().nullable().default(null),
  pix_fmt: z.string().default('unknown'),
  width: count.default(0),
  height: count.default(0),
  avg_frame_rate: fraction.catch({ numerator: 0, denominator: 0 }),
  nb_frames: count.nullable().catch(null),
  duration: seconds,
  start_time: seconds,
  color_space: z.string().nullable().default(null),
  color_primaries: z.string().nullable().default(null),
  color_transfer: z.string().nullable().default(null),
  color_range: z.string().nullable().default(null),
  sample_rate: count.default(0),
  channels: count.default(0),
  disposition: z.object({ attached_pic: z.number() }).partial().default({}),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
type Stream = z.infer<typeof stream>;

/** What `ffprobe -of json -show_format -show_streams` prints. */
export const probed = z.object({
  streams: z.array(stream).default([]),
  format: z.object({ duration: seconds }).default({ duration: 0 }),
});

/** What ffprobe found, in the contract's words. Throws `media_rejected` for a file with nothing to play. */
export function mediaInfo(
  { streams, format }: z.infer<typeof probed>,
  { container, sizeBytes, faststart }: Accepted,
): MediaInfo {
  const picture = streams.find(
    (found) => found.codec_type === 'video' && found.disposition.attached_pic !== 1,
  );
  const sound = streams.find((found) => found.codec_type === 'audio');
  if (!picture && !sound) throw mediaRejected('holds neither picture nor sound');
  // A decoder that made no sense of the first frames leaves these open.
  if (picture && (picture.width === 0 || picture.height === 0 || picture.pix_fmt === 'unknown'))
    throw mediaRejected('cannot be decoded');
  if (sound && (sound.sample_rate === 0 || sound.channels === 0))
    throw mediaRejected('cannot be decoded');
  return {
    container,
    seconds: format.duration,
    sizeBytes,
    faststart,
    video: picture ? videoInfo(picture, format.duration) : null,
    audio: sound ? audioInfo(sound, format.duration) : null,
  };
}

function videoInfo(found: Stream, wholeSeconds: number): VideoInfo {
  return {
    codec: found.codec_name,
    profile: known(found.profile),
    pixelFormat: found.pix_fmt,
    width: found.width,
    height: found.height,
    rotationDegrees: rotation(found.side_data_list.find((data) => data.rotation)?.rotation ?? 0),
    fps: found.avg_frame_rate,
    frames: found.nb_frames,
    seconds: found.duration || wholeSeconds,
    startSeconds: found.start_time,
    colorSpace: known(found.color_space),
    colorPrimaries: known(found.color_primaries),
    colorTransfer: known(found.color_transfer),
    colorRange: known(found.color_range),
  };
}

function audioInfo(found: Stream, wholeSeconds: number): AudioInfo {
  return {
    codec: found.codec_name,
    sampleRateHz: found.sample_rate,
    channels: found.channels,
    seconds: found.duration || wholeSeconds,
    startSeconds: found.start_time,
  };
}

function known(value: string | null): string | null {
  return value === null || value === 'unknown' || value === 'unspecified' ? null : value;
}

/** The display matrix turns anticlockwise; the contract tells the clockwise turn that sets it upright. */
export function rotation(anticlockwiseDegrees: number): VideoInfo['rotationDegrees'] {
  const clockwise = (((Math.round(-anticlockwiseDegrees / 90) * 90) % 360) + 360) % 360;
  return clockwise === 90 || clockwise === 180 || clockwise === 270 ? clockwise : 0;
}
