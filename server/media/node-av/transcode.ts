import { FF_QP2LAMBDA } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { finishGraph } from '../graph.ts';
import type { AudioEncoding, TranscodeTask, VideoEncoding } from '../media.ts';
import { openPictureEncoder, openSoundEncoder } from './encoder.ts';
import { EncodedTrack, OutputFile, stillTrack } from './output.ts';
import { type Receiver, runGraph } from './run-graph.ts';
import type { OpenInput } from './source.ts';

type Output = TranscodeTask['outputs'][number];
/** Samples a frame of AAC-LC holds; its encoder takes no others. */
const AAC_FRAME_SAMPLES = 1024;

/** Runs a transcode; `files` take the place of the outputs' own. */
export async function transcode(
  task: Pick<TranscodeTask, 'graph' | 'outputs'>,
  inputs: readonly OpenInput[],
  files: readonly string[],
): Promise<void> {
  const { graph, labels } = finishGraph(task, true);
  const outputs = task.outputs.map((output, i) =>
    openOutput(output, files[i] ?? '', { video: null, audio: null, ...labels[i] }),
  );
  const shaped = outputs.flatMap(({ chains }) => chains);
  await runGraph(
    [graph, ...shaped].join(';'),
    inputs,
    outputs.flatMap(({ receivers }) => receivers),
    () => {
      for (const { file } of outputs) file?.start();
    },
  );
  for (const { file } of outputs) file?.finish();
}

type Labels = { readonly video: string | null; readonly audio: string | null };

function openOutput({ video, audio }: Output, target: string, labels: Labels) {
  const isStill = video !== undefined && video.encoding.codec !== 'h264';
  const isWav = video === undefined && audio?.encoding.codec === 'pcm';
  const file = isStill ? null : new OutputFile(target, isWav ? 'wav' : 'mp4');
  const receivers: Receiver[] = [];
  const chains: string[] = [];
  if (video && labels.video)
    receivers.push(pictures(labels.video, video.encoding, video.frames, file, target));
  if (audio && labels.audio && file) {
    const shaped = `${labels.audio}s`;
    chains.push(`[${labels.audio}]${soundShape(audio.encoding)}[${shaped}]`);
    receivers.push(sounds(shaped, audio.encoding, file));
  }
  return { file, receivers, chains };
}

function soundShape(encoding: AudioEncoding): string {
  return encoding.codec === 'aac'
    ? `aformat=sample_fmts=fltp,asetnsamples=n=${AAC_FRAME_SAMPLES}:p=0`
    : 'aformat=sample_fmts=s16';
}

function pictures(
  label: string,
  encoding: VideoEncoding,
  frames: number,
  file: OutputFile | null,
  target: string,
): Receiver {
  let track: EncodedTrack | null = null;
  let count = 0;
  return {
    label,
    kind: 'v',
    begin(sink) {
      const encoder = openPictureEncoder(encoding, sink);
      const fps = encoding.codec === 'h264' ? encoding.fps : 1;
      const into = file?.addTrack((described) => described.fromContext(encoder), fps);
      track = new EncodedTrack(encoder, into ?? stillTrack(target));
    },
    take(frame: Frame) {
      frame.pts = BigInt(count);
      frame.duration = 1n;
      if (encoding.codec === 'jpeg') frame.quality = encoding.quality * FF_QP2LAMBDA;
      track?.encode(frame);
      count += 1;
      return count < frames;
    },
    end: () => track?.encode(null),
  };
}

function sounds(label: string, encoding: AudioEncoding, file: OutputFile): Receiver {
  let track: EncodedTrack | null = null;
  let samples = 0n;
  return {
    label,
    kind: 'a',
    begin(sink) {
      const encoder = openSoundEncoder(encoding, sink);
      const into = file.addTrack((described) => described.fromContext(encoder), encoder.sampleRate);
      track = new EncodedTrack(encoder, into);
    },
    take(frame: Frame) {
      frame.pts = samples;
      samples += BigInt(frame.nbSamples);
      track?.encode(frame);
      return true;
    },
    end: () => track?.encode(null),
  };
}
