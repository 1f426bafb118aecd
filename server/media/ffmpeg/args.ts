import type { Accepted } from '../accept.ts';
import { DECODERS, DEMUXER, MAX_ALLOC_BYTES, MAX_PIXELS, MAX_STREAMS } from '../accept.ts';
import { finishGraph, type MeasuringGraph, VIDEO_TIMESCALE } from '../graph.ts';
import type { FilmGrid } from '../join.ts';
import type {
  AudioEncoding,
  JoinTask,
  MediaInput,
  TranscodeTask,
  VideoEncoding,
} from '../media.ts';
import { DECODER_THREADS, encoderThreads, x264Params } from '../x264.ts';

/** An input with what `acceptFile` found of it; null for our own picture lists. */
export type CheckedInput = { readonly input: MediaInput; readonly accepted: Accepted | null };

const QUIET = ['-nostdin', '-hide_banner', '-v', 'error', '-y'];
const BOUNDED = [...QUIET, '-max_alloc', String(MAX_ALLOC_BYTES)];
const MP4 = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];

/** Options that keep a demuxer to one file of one kind; ffprobe takes them too. */
export function guardedInput(file: string, demuxer: string): readonly string[] {
  return [
    ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-codec_whitelist', DECODERS],
    ...['-max_streams', String(MAX_STREAMS), '-max_pixels', String(MAX_PIXELS)],
    ...['-f', demuxer, '-i', `file:${file}`],
  ];
}

function inputArgs({ input, accepted }: CheckedInput): readonly string[] {
  const threads = ['-threads', String(DECODER_THREADS)];
  if (input.kind === 'pictures' || accepted === null)
    return [
      ...[...threads, '-protocol_whitelist', 'file', '-format_whitelist', 'concat,png_pipe'],
      ...['-f', 'concat', '-safe', '1', '-i', `file:${input.file}`],
    ];
  const seek = input.seekSeconds ? ['-ss', input.seekSeconds.toFixed(6)] : [];
  return [...threads, ...seek, ...guardedInput(input.file, DEMUXER[accepted.container])];
}

/** Command line of a transcode; `files` are the (temporary) files of the outputs, in order. For `statesRange` see `finishGraph`. */
export function transcodeArgs(
  task: TranscodeTask,
  inputs: readonly CheckedInput[],
  files: readonly string[],
  statesRange: boolean,
): readonly string[] {
  const { graph, labels } = finishGraph(task, statesRange);
  const outputs = task.outputs.flatMap(({ video, audio }, i) => [
    ...(video ? ['-map', `[${labels[i]?.video}]`, ...videoArgs(video.encoding, video.frames)] : []),
    ...(audio ? ['-map', `[${labels[i]?.audio}]`, ...audioArgs(audio.encoding)] : []),
    ...MP4,
    ...muxerArgs(video?.encoding, audio?.encoding),
    `file:${files[i]}`,
  ]);
  return [...BOUNDED, ...inputs.flatMap(inputArgs), '-filter_complex', graph, ...outputs];
}

function videoArgs(encoding: VideoEncoding, frames: number): readonly string[] {
  const count = ['-frames:v', String(frames)];
  if (encoding.codec === 'png') return [...count, '-c:v', 'png'];
  if (encoding.codec === 'jpeg') return [...count, '-c:v', 'mjpeg', '-q:v', `${encoding.quality}`];
  return [...count, '-r', String(encoding.fps), ...x264Args(encoding)];
}

function x264Args(encoding: Extract<VideoEncoding, { codec: 'h264' }>): readonly string[] {
  return [
    ...['-c:v', 'libx264', '-preset', encoding.preset, '-crf', String(encoding.crf)],
    ...['-profile:v', 'high', '-pix_fmt', 'yuv420p', '-threads', String(encoderThreads())],
    ...['-x264-params', x264Params(encoding), '-color_range', 'tv', '-colorspace', 'bt709'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
  ];
}

/** Command line that reads RGBA frames from stdin and writes them as a film. */
export function frameArgs(
  encoding: Extract<VideoEncoding, { codec: 'h264' }>,
  size: { readonly width: number; readonly height: number },
  filter: string,
  file: string,
): readonly string[] {
  return [
    ...['-hide_banner', '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgba'],
    ...['-s', `${size.width}x${size.height}`, '-r', String(encoding.fps), '-i', 'pipe:0'],
    ...['-vf', filter, ...x264Args(encoding), ...MP4, ...muxerArgs(encoding), `file:${file}`],
  ];
}

function audioArgs(encoding: AudioEncoding): readonly string[] {
  return encoding.codec === 'aac'
    ? ['-c:a', 'aac', '-b:a', `${encoding.bitrateKbps}k`]
    : ['-c:a', 'pcm_s16le'];
}

function muxerArgs(video?: VideoEncoding, audio?: AudioEncoding): readonly string[] {
  if (video && video.codec !== 'h264') return ['-update', '1', '-f', 'image2'];
  if (!video && audio?.codec === 'pcm') return ['-f', 'wav'];
  const timescale = video ? ['-video_track_timescale', String(VIDEO_TIMESCALE)] : [];
  return [...timescale, '-movflags', '+faststart', '-f', 'mp4'];
}

/** Command line of a measurement, run in the folder that the printing filters write to. */
export function measureArgs(
  { graph, sinks }: MeasuringGraph,
  inputs: readonly CheckedInput[],
): readonly string[] {
  const maps = sinks.flatMap(({ label }) => ['-map', `[${label}]`]);
  const [picture, sound] = [
    ['-c:v', 'wrapped_avframe'],
    ['-c:a', 'pcm_s16le'],
  ];
  return [
    ...[...BOUNDED, ...inputs.flatMap(inputArgs), '-filter_complex', graph],
    ...[...maps, ...picture, ...sound, '-f', 'null', '-'],
  ];
}

/**
 * Command line of a join. The concat demuxer counts in microseconds, and segments decode ahead by
 * different counts; `setts` puts every time stamp onto the film's grid, so there is no jitter.
 */
export function joinArgs(
  task: JoinTask,
  { list, file, grid }: { list: string; file: string; grid: FilmGrid },
): readonly string[] {
  const { frameTicks, delayFrames } = grid;
  const pts = `round(PTS/${frameTicks})*${frameTicks}`;
  const dts = `(N-${delayFrames})*${frameTicks}`;
  return [
    ...[...BOUNDED, '-protocol_whitelist', 'file', '-format_whitelist', 'concat,mov'],
    ...['-f', 'concat', '-safe', '0', '-i', `file:${list}`],
    ...(task.audio ? guardedInput(task.audio, 'mov') : []),
    ...['-map', '0:v', ...(task.audio ? ['-map', '1:a'] : []), '-c', 'copy'],
    ...['-bsf:v', `setts=pts=${pts}:dts=${dts}:duration=${frameTicks}`],
    ...[...MP4, ...(task.title ? ['-metadata', `title=${task.title}`] : [])],
    ...['-video_track_timescale', String(VIDEO_TIMESCALE), '-movflags', '+faststart'],
    ...['-f', 'mp4', `file:${file}`],
  ];
}

/** The concat list of segments: a quote inside a quoted name is closed, escaped and opened again. */
export function concatList(segments: readonly string[]): string {
  const lines = segments.map((file) => `file 'file:${file.replaceAll("'", "'\\''")}'`);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
