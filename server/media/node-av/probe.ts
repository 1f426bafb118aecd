import { AV_NOPTS_VALUE } from 'node-av/constants';
import { avGetCodecName, avGetPixFmtName, Codec, CodecContext, type Stream } from 'node-av/lib';
import { MAX_PIXELS } from '../accept.ts';
import { mediaRejected } from '../errors.ts';
import type { Finding } from './order.ts';
import { type OpenInput, openInput, pickStream, Source, uprightTurn } from './source.ts';

// Code points of ITU-T H.273, tables 2 to 4, in the words of ffprobe.
const PRIMARIES: readonly (string | undefined)[] = [
  ...[undefined, 'bt709', undefined, undefined, 'bt470m', 'bt470bg', 'smpte170m', 'smpte240m'],
  ...['film', 'bt2020', 'smpte428', 'smpte431', 'smpte432'],
];
const TRANSFERS: readonly (string | undefined)[] = [
  ...[undefined, 'bt709', undefined, undefined, 'bt470m', 'bt470bg', 'smpte170m', 'smpte240m'],
  ...['linear', 'log100', 'log316', 'iec61966-2-4', 'bt1361e', 'iec61966-2-1', 'bt2020-10'],
  ...['bt2020-12', 'smpte2084', 'smpte428', 'arib-std-b67'],
];
const MATRICES: readonly (string | undefined)[] = [
  ...['gbr', 'bt709', undefined, undefined, 'fcc', 'bt470bg', 'smpte170m', 'smpte240m', 'ycgco'],
  ...['bt2020nc', 'bt2020c', 'smpte2085', 'chroma-derived-nc', 'chroma-derived-c', 'ictcp'],
];
const RANGES: readonly (string | undefined)[] = [undefined, 'tv', 'pc'];

/** Opens a file, decodes the first frame of its picture and sound, and tells what they are. */
export async function probe(input: OpenInput): Promise<Finding> {
  const context = await openInput(input).catch((error: unknown) => {
    throw mediaRejected('cannot be decoded', error);
  });
  const [picture, sound] = [pickStream(context, 'v'), pickStream(context, 'a')];
  if (!picture && !sound) throw mediaRejected('holds neither picture nor sound');
  if (picture && picture.codecpar.width * picture.codecpar.height > MAX_PIXELS)
    throw mediaRejected(`has more than ${Math.floor(MAX_PIXELS / 1e6)} megapixels`);
  const whole = context.duration === AV_NOPTS_VALUE ? 0 : Number(context.duration) / 1e6;
  const finding = {
    seconds: whole,
    video: picture ? pictureFinding(picture, whole) : null,
    audio: sound ? soundFinding(sound, whole) : null,
  };
  context.closeInputSync();
  if (finding.video) await decodesOne(input, 'v');
  if (finding.audio) await decodesOne(input, 'a');
  return finding;
}

async function decodesOne(input: OpenInput, kind: 'v' | 'a'): Promise<void> {
  const source = await Source.open(input, kind).catch((error: unknown) => {
    throw mediaRejected('cannot be decoded', error);
  });
  source.close();
}

function pictureFinding(stream: Stream, whole: number): NonNullable<Finding['video']> {
  const { codecpar, avgFrameRate: rate } = stream;
  const profiles = Codec.findDecoder(codecpar.codecId)?.profiles ?? [];
  return {
    codec: avGetCodecName(codecpar.codecId) ?? 'unknown',
    profile: profiles.find(({ profile }) => profile === codecpar.profile)?.name ?? null,
    pixelFormat: pixelFormatName(stream),
    width: codecpar.width,
    height: codecpar.height,
    rotationDegrees: uprightTurn(stream),
    fps: { numerator: rate.num, denominator: rate.den },
    frames: stream.nbFrames > 0n ? Number(stream.nbFrames) : null,
    seconds: secondsOf(stream, stream.duration) || whole,
    startSeconds: secondsOf(stream, stream.startTime),
    colorSpace: MATRICES[codecpar.colorSpace] ?? null,
    colorPrimaries: PRIMARIES[codecpar.colorPrimaries] ?? null,
    colorTransfer: TRANSFERS[codecpar.colorTrc] ?? null,
    colorRange: RANGES[codecpar.colorRange] ?? null,
  };
}

function soundFinding(stream: Stream, whole: number): NonNullable<Finding['audio']> {
  const { codecpar } = stream;
  return {
    codec: avGetCodecName(codecpar.codecId) ?? 'unknown',
    sampleRateHz: codecpar.sampleRate,
    channels: codecpar.channels,
    seconds: secondsOf(stream, stream.duration) || whole,
    startSeconds: secondsOf(stream, stream.startTime),
  };
}

function secondsOf({ timeBase }: Stream, ticks: bigint): number {
  return ticks === AV_NOPTS_VALUE ? 0 : (Number(ticks) * timeBase.num) / timeBase.den;
}

/** The stream's own `format` is a number of either kind; a codec's context knows it for a picture's. */
function pixelFormatName(stream: Stream): string {
  const context = new CodecContext();
  context.allocContext3(Codec.findDecoder(stream.codecpar.codecId));
  context.parametersToContext(stream.codecpar);
  const name = avGetPixFmtName(context.pixelFormat);
  context.freeContext();
  return name ?? 'unknown';
}
