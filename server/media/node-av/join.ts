import { type IRational, Packet } from 'node-av/lib';
import { mediaFailed } from '../errors.ts';
import { VIDEO_TIMESCALE } from '../graph.ts';
import type { FilmGrid } from '../join.ts';
import type { JoinTask } from '../media.ts';
import { handed } from './av.ts';
import { OutputFile, type Track } from './output.ts';
import { openInput, pickStream } from './source.ts';

type Copied = { readonly packet: Packet; readonly timeBase: IRational };

/**
 * Copies the packets of the segments one after another, and of the sound track beside them, into `file`.
 * A frame's place in the film is its place in its segment plus the frames before: whole numbers only.
 */
export async function join(task: JoinTask, file: string, grid: FilmGrid): Promise<void> {
  const [first] = task.segments;
  if (first === undefined) throw mediaFailed('was given no segment to join');
  const output = new OutputFile(file, 'mp4', task.title);
  const pictures = await addCopy(output, first, 'v');
  const sounds = task.audio === undefined ? null : await addCopy(output, task.audio, 'a');
  output.start();
  const sound = task.audio === undefined ? null : packetsOf(task.audio, 'a');
  let next = (await sound?.next())?.value ?? null;
  const soundUntil = async (seconds: number) => {
    while (next && secondsOf(next) <= seconds) {
      sounds?.write(next.packet, next.timeBase);
      next = (await sound?.next())?.value ?? null;
    }
  };
  for await (const picture of filmPackets(task.segments, grid)) {
    await soundUntil(secondsOf(picture));
    pictures.write(picture.packet, picture.timeBase);
  }
  await soundUntil(Number.POSITIVE_INFINITY);
  output.finish();
}

const secondsOf = ({ packet, timeBase }: Copied) =>
  (Number(packet.dts) * timeBase.num) / timeBase.den;

async function addCopy(output: OutputFile, file: string, kind: 'v' | 'a'): Promise<Track> {
  const context = await openInput({ file, demuxer: 'mov' });
  const stream = pickStream(context, kind);
  if (!stream) throw mediaFailed('was given a file to join that lacks its track');
  const { codecpar } = stream;
  const ticks = kind === 'v' ? VIDEO_TIMESCALE : codecpar.sampleRate;
  const track = output.addTrack((described) => codecpar.copy(described), ticks);
  context.closeInputSync();
  return track;
}

/** The pictures of all segments, stamped in frames of the film. */
async function* filmPackets(
  segments: readonly string[],
  { frameTicks, delayFrames }: FilmGrid,
): AsyncGenerator<Copied, null> {
  const timeBase = { num: frameTicks, den: VIDEO_TIMESCALE };
  let written = 0;
  for (const segment of segments) {
    const before = written;
    for await (const { packet, timeBase: own } of packetsOf(segment, 'v')) {
      const ticks = (Number(packet.pts) * own.num * VIDEO_TIMESCALE) / own.den;
      packet.pts = BigInt(before + Math.round(ticks / frameTicks));
      packet.dts = BigInt(written - delayFrames);
      packet.duration = 1n;
      written += 1;
      yield { packet, timeBase };
    }
  }
  return null;
}

/** The packets of a file's one track; each is valid until the next is asked for. */
async function* packetsOf(file: string, kind: 'v' | 'a'): AsyncGenerator<Copied, null> {
  const context = await openInput({ file, demuxer: 'mov' });
  const stream = pickStream(context, kind);
  const packet = new Packet();
  packet.alloc();
  while (stream && handed(context.readFrameSync(packet), 'read a packet') === 'one') {
    if (packet.streamIndex === stream.index) yield { packet, timeBase: stream.timeBase };
    packet.unref();
  }
  packet.free();
  context.closeInputSync();
  return null;
}
