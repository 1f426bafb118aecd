import { writeFileSync } from 'node:fs';
import { AVFMT_FLAG_BITEXACT } from 'node-av/constants';
import {
  type CodecContext,
  type CodecParameters,
  Dictionary,
  FormatContext,
  type Frame,
  type IRational,
  Packet,
  Rational,
} from 'node-av/lib';
import { VIDEO_TIMESCALE } from '../graph.ts';
import { handed, succeed } from './av.ts';

/** Where a track's packets go. */
export type Track = { write(packet: Packet, timeBase: IRational): void };

/** An MP4 (index first) or WAV file being written; add the tracks, `start`, write, `finish`. */
export class OutputFile {
  private readonly context = new FormatContext();
  private readonly format: 'mp4' | 'wav';

  constructor(file: string, format: 'mp4' | 'wav', title?: string) {
    this.format = format;
    succeed(this.context.allocOutputContext2(null, format, file), 'make a file');
    this.context.setFlags(AVFMT_FLAG_BITEXACT);
    if (title) this.context.metadata = Dictionary.fromObject({ title });
    succeed(this.context.openOutputSync(), 'open a file');
  }

  addTrack(fill: (parameters: CodecParameters) => number, ticksPerSecond: number): Track {
    const stream = this.context.newStream(null);
    const packetOut = new Packet();
    succeed(fill(stream.codecpar), 'describe a track');
    // A tag belongs to the container a track came from; this one chooses its own.
    stream.codecpar.codecTag = 0;
    stream.timeBase = new Rational(1, ticksPerSecond);
    return {
      write: (packet, timeBase) => {
        packetOut.alloc();
        succeed(packetOut.ref(packet), 'keep a packet');
        packetOut.streamIndex = stream.index;
        packetOut.pos = -1n;
        packetOut.rescaleTs(timeBase, stream.timeBase);
        succeed(this.context.interleavedWriteFrameSync(packetOut), 'write a packet');
        packetOut.free();
      },
    };
  }

  start(): void {
    const options =
      this.format === 'mp4'
        ? { movflags: '+faststart', video_track_timescale: VIDEO_TIMESCALE }
        : {};
    succeed(this.context.writeHeaderSync(Dictionary.fromObject(options)), 'begin a file');
  }

  finish(): void {
    succeed(this.context.writeTrailerSync(), 'end a file');
    this.context.closeOutputSync();
    this.context.freeContext();
  }
}

/** Sends frames through an encoder into a track. */
export class EncodedTrack {
  private readonly encoder: CodecContext;
  private readonly track: Track;
  private readonly packet = new Packet();
  private readonly frameTicks: bigint;

  constructor(encoder: CodecContext, track: Track) {
    this.encoder = encoder;
    this.track = track;
    this.packet.alloc();
    // A picture lasts one tick of its encoder; sound packets know how long they are.
    this.frameTicks = encoder.width > 0 ? 1n : 0n;
  }

  /** `null` flushes the encoder. */
  encode(frame: Frame | null): void {
    succeed(this.encoder.sendFrameSync(frame), 'encode');
    while (handed(this.encoder.receivePacketSync(this.packet), 'encode') === 'one') {
      if (this.frameTicks > 0n) this.packet.duration = this.frameTicks;
      this.track.write(this.packet, this.encoder.timeBase);
      this.packet.unref();
    }
  }
}

/** A track that is a file by itself: the one packet of a still picture. */
export function stillTrack(file: string): Track {
  return {
    write: (packet) => {
      if (packet.data) writeFileSync(file, packet.data);
    },
  };
}
