import { type FileHandle, open } from 'node:fs/promises';
import { wavHeader } from '../media/wav.ts';
import { Problem } from '../platform/problem.ts';

const SAMPLE_BYTES = 2;
/** Chunks that may stand before the samples; ours has one or two. */
const MOST_CHUNKS = 32;

/** A 16-bit mono WAV file, read piece by piece, so that long sound needs little memory. */
export type PcmFile = AsyncDisposable & {
  readonly rateHz: number;
  readonly samples: number;
  readonly seconds: number;
  /** The bytes of so many samples; fewer at the end of the sound. */
  read(fromSample: number, samples: number): Promise<Buffer>;
};

/** Rejects with `unreadable_sound` for anything but a 16-bit mono WAV file. */
export async function openPcmFile(file: string): Promise<PcmFile> {
  const handle = await open(file, 'r');
  try {
    const { rateHz, start, length } = await findSamples(handle);
    const samples = Math.floor(length / SAMPLE_BYTES);
    return {
      rateHz,
      samples,
      seconds: samples / rateHz,
      async read(fromSample, wanted) {
        const count = Math.max(0, Math.min(wanted, samples - fromSample));
        const at = start + fromSample * SAMPLE_BYTES;
        return await readExactly(handle, at, count * SAMPLE_BYTES);
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** How long a 16-bit mono WAV file lasts. */
export async function pcmSeconds(file: string): Promise<number> {
  await using sound = await openPcmFile(file);
  return sound.seconds;
}

async function findSamples(handle: FileHandle) {
  const { size } = await handle.stat();
  const head = await readExactly(handle, 0, 12);
  if (name(head, 0) !== 'RIFF' || name(head, 8) !== 'WAVE') throw unreadableSound();
  let rateHz = 0;
  for (let at = 12, chunks = 0; at + 8 <= size && chunks < MOST_CHUNKS; chunks += 1) {
    const chunk = await readExactly(handle, at, 8);
    const length = Math.min(chunk.readUInt32LE(4), size - at - 8);
    if (name(chunk, 0) === 'fmt ') rateHz = monoRate(await readExactly(handle, at + 8, 16));
    if (name(chunk, 0) === 'data' && rateHz > 0) return { rateHz, start: at + 8, length };
    at += 8 + length + (length % 2);
  }
  throw unreadableSound();
}

const name = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + 4);

function monoRate(format: Buffer): number {
  if (format.readUInt16LE(2) !== 1 || format.readUInt16LE(14) !== 16) throw unreadableSound();
  return format.readUInt32LE(4);
}

async function readExactly(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw unreadableSound();
  return buffer;
}

/** A WAV file of 16-bit mono samples. */
export function wavOfPcm(pcm: Buffer, rateHz: number): Buffer<ArrayBuffer> {
  return Buffer.concat([wavHeader({ rateHz, channels: 1, dataBytes: pcm.length }), pcm]);
}

/** `wanted` says what the file should have been. */
export const unreadableSound = (wanted = '16-bit mono WAV') =>
  new Problem({
    kind: 'invalid',
    code: 'unreadable_sound',
    message: `The sound is not a ${wanted} file.`,
  });
