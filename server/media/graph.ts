import type { TranscodeTask, VideoEncoding } from './media.ts';

/** MP4 ticks a second: 512 a frame at 30 fps, whole numbers at 24, 25, 48, 50 and 60 too. */
export const VIDEO_TIMESCALE = 15_360;

/** A graph and the labels (without brackets) its results stand under. */
export type FinishedGraph = {
  readonly graph: string;
  /** One entry per output of the task, in its order. */
  readonly labels: readonly { readonly video: string | null; readonly audio: string | null }[];
};

const FILM_COLORS = 'setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709';

/** From drawn RGBA to a film's frames; without the matrix the scaler would use the one of old television. */
export const RGBA_TO_FILM = `scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd,format=yuv420p,${FILM_COLORS}`;

/** Full-range pictures are converted, everything else passes; FFmpeg 7 and later leave it to be stated. */
const LIMITED = 'format=pix_fmts=yuv420p:color_ranges=unknown|tv';

/** What every picture passes last, so that both engines hand the same frames to their encoders. */
function lastTouch(encoding: VideoEncoding, statesRange: boolean): string {
  switch (encoding.codec) {
    case 'h264':
      return `fps=${encoding.fps},setpts=N,${statesRange ? LIMITED : 'format=yuv420p'},${FILM_COLORS}`;
    case 'png':
      // Tagged as sRGB: with the film's own curve in the tag, viewers would darken the shadows.
      return 'scale=flags=accurate_rnd+full_chroma_int,format=rgb24,setparams=color_primaries=bt709:color_trc=iec61966-2-1';
    case 'jpeg':
      // JFIF pictures are full-range BT.601, whatever the film is.
      return 'scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p';
  }
}

/**
 * The task's graph with the engine's own end put to every output. `statesRange`: the engine is FFmpeg 7
 * or later, whose `format` takes the range of the samples as well.
 */
export function finishGraph(
  task: Pick<TranscodeTask, 'graph' | 'outputs'>,
  statesRange: boolean,
): FinishedGraph {
  const ends: string[] = [];
  const end = (from: string, chain: string) => {
    const label = `clipt${ends.length}`;
    ends.push(`[${from}]${chain}[${label}]`);
    return label;
  };
  const labels = task.outputs.map(({ video, audio }) => ({
    video: video ? end(video.from, lastTouch(video.encoding, statesRange)) : null,
    audio: audio ? end(audio.from, 'anull') : null,
  }));
  return { graph: [task.graph, ...ends].join(';'), labels };
}

export type MeasuringGraph = {
  readonly graph: string;
  /** Labels that take the place of the graph's null sinks. */
  readonly sinks: readonly { readonly label: string; readonly kind: 'v' | 'a' }[];
  /** Names of the files, in the engine's working folder, that the printing filters write. */
  readonly prints: readonly string[];
};

/**
 * A measuring graph as both engines can run it: every `mode=print` writes a file of its own in the
 * working folder, and every `nullsink` becomes a result that is read and thrown away.
 */
export function measuringGraph(graph: string): MeasuringGraph {
  const prints: string[] = [];
  const sinks: { label: string; kind: 'v' | 'a' }[] = [];
  const printed = graph.replaceAll(/mode=print((?::[^,;[\]]*)?)/g, (_, options: string) => {
    const name = `print-${prints.length}.txt`;
    prints.push(name);
    return `mode=print${options.replace(/:file=[^:]*/, '')}:file=${name}`;
  });
  const open = printed.replaceAll(/(^|[,;\]])(\s*)(a?)nullsink/g, (_, before, space, audio) => {
    const label = `sink${sinks.length}`;
    sinks.push({ label, kind: audio === 'a' ? 'a' : 'v' });
    return before === ',' ? `[${label}]` : `${before}${space}${audio}null[${label}]`;
  });
  return { graph: open, sinks, prints };
}

/** Numbers of the inputs whose sound or picture the graph reads, such as `0:v`. */
export function streamsRead(graph: string): readonly { input: number; kind: 'v' | 'a' }[] {
  const found = new Map<string, { input: number; kind: 'v' | 'a' }>();
  for (const [label, input, kind] of graph.matchAll(/\[(\d+):([va])\]/g))
    found.set(label, { input: Number(input), kind: kind === 'a' ? 'a' : 'v' });
  return [...found.values()];
}
