import type { TimedWord } from '../models.ts';
import { openPcmFile, unreadableSound, wavOfPcm } from '../pcm-file.ts';
import { inOrder } from '../timed-words.ts';
import { cutSound } from './cut-sound.ts';
import { soundTooLong } from './errors.ts';

/** One upload: a WAV file in memory, and where its sound stands in the whole. */
export type SoundPart = {
  readonly wav: Buffer<ArrayBuffer>;
  readonly seconds: number;
  /** Shares of the whole sound, 0 to 1. */
  readonly fromShare: number;
  readonly toShare: number;
};

const RATE_HZ = 16_000;
const MOST_MINUTES = 120;
/** Less than that is no sound; OpenAI refuses it (transcription guide, 2026-08). */
const LEAST_SECONDS = 0.1;

/**
 * The words of a 16 kHz mono WAV file, heard part by part by `hear`, which gives times from the start of its part.
 * Sound of less than a tenth of a second has no words. Rejects with `unreadable_sound`, `sound_too_long`, or what
 * `hear` rejects.
 */
export async function hearInParts(
  file: string,
  hear: (part: SoundPart) => Promise<readonly TimedWord[]>,
  signal: AbortSignal,
): Promise<readonly TimedWord[]> {
  await using sound = await openPcmFile(file);
  if (sound.rateHz !== RATE_HZ) throw unreadableSound('16 kHz mono WAV');
  if (sound.seconds > MOST_MINUTES * 60) throw soundTooLong(MOST_MINUTES);
  if (sound.seconds < LEAST_SECONDS) return [];
  const words: TimedWord[] = [];
  for (const { fromSample, samples } of await cutSound(sound)) {
    signal.throwIfAborted();
    const heard = await hear({
      wav: wavOfPcm(await sound.read(fromSample, samples), RATE_HZ),
      seconds: samples / RATE_HZ,
      fromShare: fromSample / sound.samples,
      toShare: (fromSample + samples) / sound.samples,
    });
    const beforeMs = (fromSample * 1000) / RATE_HZ;
    const shifted = inOrder(heard, (samples * 1000) / RATE_HZ).map(({ text, startMs, endMs }) => ({
      text,
      startMs: startMs + beforeMs,
      endMs: endMs + beforeMs,
    }));
    words.push(...shifted);
  }
  return inOrder(words, sound.seconds * 1000);
}
