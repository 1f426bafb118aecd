import {
  AV_NOPTS_VALUE,
  AV_PICTURE_TYPE_NONE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants';
import {
  avGetPixFmtName,
  avGetSampleFmtName,
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  InputFormat,
  Packet,
  type Stream,
} from 'node-av/lib';
import { DECODERS, MAX_PIXELS, MAX_STREAMS } from '../accept.ts';
import { mediaRejected } from '../errors.ts';
import { DECODER_THREADS } from '../x264.ts';
import { handed, setOptions, succeed } from './av.ts';

export type OpenInput = {
  readonly file: string;
  readonly demuxer: string;
  /** Other demuxers that this one may open in its turn. */
  readonly innerDemuxers?: string;
  readonly seekSeconds?: number;
};

const MICROSECONDS = 1_000_000;
/** Frames shown before they are decoded in order can lie this far ahead; ffmpeg's own allowance. */
const SEEK_EARLIER_US = 130_435;

/** Opens a file by exactly one demuxer, with the `file` protocol alone, and looks at its streams. */
export async function openInput({
  file,
  demuxer,
  innerDemuxers,
}: OpenInput): Promise<FormatContext> {
  const context = new FormatContext();
  context.allocContext();
  context.maxStreams = MAX_STREAMS;
  const options = Dictionary.fromObject({
    protocol_whitelist: 'file',
    format_whitelist: innerDemuxers ? `${demuxer},${innerDemuxers}` : demuxer,
    codec_whitelist: DECODERS,
    max_streams: MAX_STREAMS,
  });
  const format = InputFormat.findInputFormat(demuxer);
  succeed(await context.openInput(`file:${file}`, format, options), 'open');
  succeed(await context.findStreamInfo(), 'look at the streams');
  return context;
}

/** The stream a player would show or play; a cover picture is not a film. */
export function pickStream(context: FormatContext, kind: 'v' | 'a'): Stream | null {
  const type = kind === 'v' ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  const isCover = (stream: Stream) => stream.attachedPic !== null && stream.attachedPic.size > 0;
  return (
    context.streams.find((stream) => stream.codecpar.codecType === type && !isCover(stream)) ?? null
  );
}

export function openDecoder(stream: Stream): CodecContext {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec || !DECODERS.split(',').includes(codec.name ?? ''))
    throw mediaRejected('holds a kind of stream clipt does not accept');
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  succeed(decoder.parametersToContext(stream.codecpar), 'set up a decoder');
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = DECODER_THREADS;
  setOptions(decoder, { max_pixels: String(MAX_PIXELS) });
  succeed(decoder.open2Sync(codec, null), 'open a decoder');
  return decoder;
}

/** Degrees by which a picture must be turned clockwise to stand upright, from its display matrix. */
export function uprightTurn(stream: Stream): 0 | 90 | 180 | 270 {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 16) return 0;
  const [a, b] = [matrix.readInt32LE(0), matrix.readInt32LE(4)];
  const quarters = Math.round(Math.atan2(b, a) / (Math.PI / 2));
  const turn = (((quarters * 90) % 360) + 360) % 360;
  return turn === 90 || turn === 180 || turn === 270 ? turn : 0;
}

/** One decoded stream of an input file, pulled a frame at a time. */
export class Source {
  readonly kind: 'v' | 'a';
  /** Seconds of the last frame handed out: the source furthest behind is fed first. */
  seconds = Number.NEGATIVE_INFINITY;
  private readonly context: FormatContext;
  private readonly stream: Stream;
  private readonly decoder: CodecContext;
  private readonly packet = new Packet();
  private readonly frame = new Frame();
  private readonly seeks: boolean;
  private readonly offset: bigint;
  private expected: bigint | null = null;
  private first = true;
  private ended = false;

  private constructor(context: FormatContext, stream: Stream, kind: 'v' | 'a', input: OpenInput) {
    this.kind = kind;
    this.context = context;
    this.stream = stream;
    this.decoder = openDecoder(stream);
    this.packet.alloc();
    this.frame.alloc();
    for (const other of context.streams)
      if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    const start = context.startTime === AV_NOPTS_VALUE ? 0n : context.startTime;
    const seekUs = BigInt(Math.round((input.seekSeconds ?? 0) * MICROSECONDS));
    this.seeks = seekUs > 0n;
    if (this.seeks) this.seek(start + seekUs);
    this.offset = this.ticks(start + seekUs);
  }

  static async open(input: OpenInput, kind: 'v' | 'a'): Promise<Source> {
    const context = await openInput(input);
    const stream = pickStream(context, kind);
    if (!stream) throw mediaRejected(kind === 'v' ? 'holds no picture' : 'holds no sound');
    const source = new Source(context, stream, kind, input);
    if (!source.next()) throw mediaRejected('cannot be decoded');
    return source;
  }

  /**
   * Moves to the next frame and hands it out, valid until the next call; null at the end. The first
   * call of a graph's feeding gets the frame that `open` decoded.
   */
  take(): Frame | null {
    if (this.first) {
      this.first = false;
      return this.frame;
    }
    return this.next() ? this.frame : null;
  }

  /** The `buffer` or `abuffer` that stands for this source in a graph, set upright and cut to the seek. */
  chain(name: string): string {
    return this.kind === 'v' ? this.pictureChain(name) : this.soundChain(name);
  }

  private pictureChain(name: string): string {
    const { frame, stream } = this;
    const { num, den } = stream.timeBase;
    const rate = stream.avgFrameRate;
    const aspect = frame.sampleAspectRatio;
    const args = [
      `video_size=${frame.width}x${frame.height}`,
      `pix_fmt=${avGetPixFmtName(this.decoder.pixelFormat)}`,
      `time_base=${num}/${den}`,
      `colorspace=${frame.colorSpace}`,
      `range=${frame.colorRange}`,
      ...(aspect.num > 0 ? [`pixel_aspect=${aspect.num}/${aspect.den}`] : []),
      ...(rate.num > 0 && rate.den > 0 ? [`frame_rate=${rate.num}/${rate.den}`] : []),
    ];
    const turns = {
      0: [],
      90: ['transpose=clock'],
      180: ['hflip', 'vflip'],
      270: ['transpose=cclock'],
    }[uprightTurn(stream)];
    return [
      `buffer@${name}=${args.join(':')}`,
      ...turns,
      ...(this.seeks ? ['trim=start=0'] : []),
    ].join(',');
  }

  private soundChain(name: string): string {
    const { frame } = this;
    const layout = frame.channelLayout;
    const args = [
      `sample_rate=${frame.sampleRate}`,
      `sample_fmt=${avGetSampleFmtName(this.decoder.sampleFormat)}`,
      `time_base=1/${frame.sampleRate}`,
      layout.mask > 0n && layout.order === 1
        ? `channel_layout=0x${layout.mask.toString(16)}`
        : `channels=${frame.channels}`,
    ];
    const cut = this.seeks ? ['atrim=start=0'] : [];
    return [`abuffer@${name}=${args.join(':')}`, ...cut].join(',');
  }

  close(): void {
    this.frame.free();
    this.packet.free();
    this.decoder.freeContext();
    this.context.closeInputSync();
  }

  private next(): boolean {
    for (;;) {
      this.frame.unref();
      const said = this.receive();
      if (said === 'end') return false;
      if (said === 'one') {
        this.stamp();
        return true;
      }
      this.feed();
    }
  }

  private receive() {
    return handed(this.decoder.receiveFrameSync(this.frame), 'decode');
  }

  /** Gives the decoder its next packet; a damaged one is passed over, as every player does. */
  private feed(): void {
    while (!this.ended) {
      this.packet.unref();
      const read = this.context.readFrameSync(this.packet);
      if (read < 0) break;
      if (this.packet.streamIndex !== this.stream.index) continue;
      if (this.decoder.sendPacketSync(this.packet) >= 0) return;
    }
    if (this.ended) throw mediaRejected('cannot be decoded');
    this.ended = true;
    this.decoder.sendPacketSync(null);
  }

  private stamp(): void {
    const { frame } = this;
    const best = frame.bestEffortTimestamp;
    const pts = best === AV_NOPTS_VALUE ? null : best - this.offset;
    if (this.kind === 'v') {
      const { num, den } = this.stream.timeBase;
      frame.pts = pts ?? this.expected ?? 0n;
      this.expected = frame.pts + frame.duration;
      this.seconds = (Number(frame.pts) * num) / den;
    } else {
      frame.pts = this.smooth(pts);
      this.expected = frame.pts + BigInt(frame.nbSamples);
      frame.duration = BigInt(frame.nbSamples);
      this.seconds = Number(frame.pts) / frame.sampleRate;
    }
    frame.pictType = AV_PICTURE_TYPE_NONE;
  }

  /** Sound in sample counts: the rounding of a container that counts in milliseconds is taken out. */
  private smooth(pts: bigint | null): bigint {
    const rate = BigInt(this.frame.sampleRate);
    const { num, den } = this.stream.timeBase;
    if (pts === null) return this.expected ?? 0n;
    const stated = (pts * BigInt(num) * rate) / BigInt(den);
    if (this.expected === null) return stated;
    const apart = stated - this.expected;
    const tolerance = rate / 500n;
    return apart < tolerance && apart > -tolerance ? this.expected : stated;
  }

  private seek(us: bigint): void {
    const earlier = us - BigInt(SEEK_EARLIER_US);
    succeed(this.context.seekFrameSync(-1, earlier, AVSEEK_FLAG_BACKWARD), 'seek');
  }

  private ticks(us: bigint): bigint {
    const { num, den } = this.stream.timeBase;
    return (us * BigInt(den)) / (BigInt(num) * BigInt(MICROSECONDS));
  }
}
