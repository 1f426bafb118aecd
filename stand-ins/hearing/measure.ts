import { type Container, sniffContainer } from '../../server/media/accept.ts';
import { readWav } from '../../server/models/local/speech/wav.ts';
import { sha256 } from '../body.ts';

export type MeasuredSound = {
  readonly container: Container;
  readonly seconds: number;
  /** Where it is louder than a whisper. Equal in silence. */
  readonly loudFromMs: number;
  readonly loudToMs: number;
  /** Of the samples of a WAV file, so that another header makes no difference. */
  readonly samplesHash: string | null;
};

const LOUD = 0.01;
/** 128 kbit/s, as most compressed speech has; only WAV is measured. */
const BYTES_PER_SECOND = 16_000;
const WAV_HEADER_BYTES = 44;

/** How long a sound is and where it is loud; null for bytes that are none, or a WAV file that is not 16-bit mono. */
export function measureSound(bytes: Buffer): MeasuredSound | null {
  const container = sniffContainer(bytes.subarray(0, 64));
  if (container === null || ['png', 'jpeg', 'webp'].includes(container)) return null;
  if (container !== 'wav') {
    const seconds = bytes.length / BYTES_PER_SECOND;
    return { container, seconds, loudFromMs: 0, loudToMs: seconds * 1000, samplesHash: null };
  }
  try {
    const { rateHz, samples } = readWav(bytes);
    const from = samples.findIndex((sample) => Math.abs(sample) > LOUD);
    const to = samples.findLastIndex((sample) => Math.abs(sample) > LOUD);
    return {
      container,
      seconds: samples.length / rateHz,
      loudFromMs: from < 0 ? 0 : (from / rateHz) * 1000,
      loudToMs: from < 0 ? 0 : ((to + 1) / rateHz) * 1000,
      samplesHash: sha256(bytes.subarray(WAV_HEADER_BYTES)),
    };
  } catch {
    return null;
  }
}
