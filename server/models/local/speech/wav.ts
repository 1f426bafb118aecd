import { wavHeader } from '../../../media/wav.ts';

/** Mono sound as numbers from -1 to 1. */
export type Sound = { readonly rateHz: number; readonly samples: Float32Array };

/** Reads a 16-bit mono PCM WAV; throws an Error on anything else. */
export function readWav(bytes: Buffer): Sound {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('not a WAV file');
  let rateHz = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (name === 'fmt ') {
      if (bytes.readUInt16LE(at + 10) !== 1 || bytes.readUInt16LE(at + 22) !== 16)
        throw new Error('not mono 16-bit');
      rateHz = bytes.readUInt32LE(at + 12);
    }
    if (name === 'data') return { rateHz, samples: readSamples(bytes, at + 8, size) };
    at += 8 + size + (size % 2);
  }
  throw new Error('a WAV file without data');
}

function readSamples(bytes: Buffer, from: number, size: number): Float32Array {
  const count = Math.floor(Math.min(size, bytes.length - from) / 2);
  const samples = new Float32Array(count);
  for (let index = 0; index < count; index++)
    samples[index] = bytes.readInt16LE(from + index * 2) / 32_768;
  return samples;
}

/** A 16-bit mono PCM WAV file. */
export function writeWav({ rateHz, samples }: Sound): Buffer {
  const pcm = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) {
    const clamped = Math.max(-1, Math.min(1, sample));
    pcm.writeInt16LE(Math.round(clamped * 32_767), index * 2);
  }
  return Buffer.concat([wavHeader({ rateHz, channels: 1, dataBytes: pcm.length }), pcm]);
}
