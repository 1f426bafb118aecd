import { type FileHandle, open } from 'node:fs/promises';

/** A box of the outermost level of an MP4 (ISO/IEC 14496-12 §4.2). */
export type Mp4Box = { readonly type: string; readonly start: number; readonly size: number };

export type Mp4Track = {
  readonly kind: 'video' | 'audio' | 'other';
  readonly samples: number;
  /** In units of `timescale` a second, the sum of the sample durations. */
  readonly duration: number;
  readonly timescale: number;
  /** How long after its decoding the first sample is shown; above 0 where B-frames are. */
  readonly delay: number;
  /** Decoder set-up of an H.264 track (`avcC`) in hex; empty for other codecs. */
  readonly setup: string;
};

/** More boxes than any sane file has; fragmented recordings have two a fragment. */
const MAX_BOXES = 20_000;
/** An hour at 60 fps has an index of about 5 MiB. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/** The outermost boxes in order; null when they do not fill the file exactly (cut off, damaged). */
export async function readMp4Boxes(file: string): Promise<readonly Mp4Box[] | null> {
  await using handle = await open(file);
  return await boxesOf(handle);
}

/** Tracks with their sample counts; null when the file is not a whole MP4 with an index. */
export async function readMp4Tracks(file: string): Promise<readonly Mp4Track[] | null> {
  await using handle = await open(file);
  const moov = (await boxesOf(handle))?.find(({ type }) => type === 'moov');
  if (!moov || moov.size > MAX_INDEX_BYTES) return null;
  const index = Buffer.alloc(moov.size);
  await handle.read(index, 0, moov.size, moov.start);
  return innerBoxes(index.subarray(8))
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => trackOf(body));
}

async function boxesOf(handle: FileHandle): Promise<readonly Mp4Box[] | null> {
  const { size: end } = await handle.stat();
  const header = Buffer.alloc(16);
  const boxes: Mp4Box[] = [];
  for (let start = 0; start < end; ) {
    const { bytesRead } = await handle.read(header, 0, 16, start);
    if (bytesRead < 8 || boxes.length >= MAX_BOXES) return null;
    const size = boxSize(header, bytesRead, end - start);
    if (size === null || start + size > end) return null;
    boxes.push({ type: header.toString('latin1', 4, 8), start, size });
    start += size;
  }
  return boxes;
}

/** Size 1 means a 64-bit size follows, size 0 "to the end of the file". */
function boxSize(header: Buffer, bytesRead: number, rest: number): number | null {
  const short = header.readUInt32BE(0);
  if (short === 0) return rest;
  if (short !== 1) return short >= 8 ? short : null;
  if (bytesRead < 16) return null;
  const long = Number(header.readBigUInt64BE(8));
  return long >= 16 ? long : null;
}

type Inner = { readonly type: string; readonly body: Buffer };

function innerBoxes(bytes: Buffer): readonly Inner[] {
  const boxes: Inner[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > bytes.length) break;
    boxes.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      body: bytes.subarray(at + 8, at + size),
    });
    at += size;
  }
  return boxes;
}

function inside(bytes: Buffer, ...path: readonly string[]): Buffer {
  return path.reduce<Buffer>(
    (body, wanted) => innerBoxes(body).find(({ type }) => type === wanted)?.body ?? Buffer.alloc(0),
    bytes,
  );
}

function trackOf(trak: Buffer): Mp4Track {
  const handler = inside(trak, 'mdia', 'hdlr').toString('latin1', 8, 12);
  const header = inside(trak, 'mdia', 'mdhd');
  const timescaleAt = header[0] === 1 ? 20 : 12;
  const table = inside(trak, 'mdia', 'minf', 'stbl', 'stts');
  const offsets = inside(trak, 'mdia', 'minf', 'stbl', 'ctts');
  const entries = inside(trak, 'mdia', 'minf', 'stbl', 'stsd');
  const runs = table.length < 8 ? 0 : Math.min(table.readUInt32BE(4), (table.length - 8) >> 3);
  let samples = 0;
  let duration = 0;
  for (let run = 0; run < runs; run += 1) {
    const count = table.readUInt32BE(8 + run * 8);
    samples += count;
    duration += count * table.readUInt32BE(12 + run * 8);
  }
  return {
    kind: handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : 'other',
    samples,
    duration,
    timescale: header.length >= timescaleAt + 4 ? header.readUInt32BE(timescaleAt) : 1,
    delay: offsets.length >= 16 ? offsets.readInt32BE(12) : 0,
    // A visual sample entry has 78 bytes of fields before its boxes (ISO/IEC 14496-12 §12.1.3).
    setup: inside(
      innerBoxes(entries.subarray(8))[0]?.body.subarray(78) ?? entries,
      'avcC',
    ).toString('hex'),
  };
}
