import { z } from 'zod';
import type { TimedWord } from '../../server/models/models.ts';
import { steer } from '../admin.ts';
import { sha256 } from '../body.ts';
import type { Route } from '../route.ts';
import { measureSound } from './measure.ts';

export type Heard = {
  readonly text: string;
  readonly seconds: number;
  readonly words: readonly TimedWord[];
};

/** What is heard where nobody said what a sound holds. */
export const UNTOLD = 'Nobody told this stand-in what is said here.';

export type Hearing = {
  /** Says what is heard in a sound: its whole file or, of a WAV file, its samples alone (SHA-256, in hex). */
  tell(hash: string, text: string): void;
  /**
   * The words of a sound: those that were told of it, else `known`, else a sentence that says so; spread over the
   * sound by their length, from where it grows loud to where it falls silent. Null for bytes that are no sound.
   */
  hear(bytes: Buffer, known: string | null): Heard | null;
  forget(): void;
};

/** Ears that know what they are told: recognising speech is not what a stand-in is for. */
export function makeHearing(): Hearing {
  const told = new Map<string, string>();
  return {
    tell: (hash, text) => told.set(hash, text),
    hear(bytes, known) {
      const sound = measureSound(bytes);
      if (!sound) return null;
      const { seconds, loudFromMs, loudToMs, samplesHash } = sound;
      const text = told.get(sha256(bytes)) ?? told.get(samplesHash ?? '') ?? known ?? UNTOLD;
      const isSilent = loudToMs <= loudFromMs;
      if (isSilent) return { text: '', seconds, words: [] };
      return { text, seconds, words: spread(text, loudFromMs, loudToMs) };
    },
    forget: () => told.clear(),
  };
}

function spread(text: string, fromMs: number, toMs: number): TimedWord[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  // The pause after a word is as long as one of its letters.
  const whole = words.reduce((sum, word) => sum + word.length + 1, 0) - 1;
  let passed = 0;
  return words.map((word) => {
    const startMs = fromMs + ((toMs - fromMs) * passed) / whole;
    passed += word.length + 1;
    const endMs = fromMs + ((toMs - fromMs) * (passed - 1)) / whole;
    return { text: word, startMs, endMs };
  });
}

const transcript = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  text: z.string(),
});

/** `POST transcripts` (`{sha256, text}`): what is heard in a sound. */
export function hearingRoute(hearing: Hearing): Route {
  return steer('POST', 'transcripts', ({ body }) => {
    const { sha256: hash, text } = transcript.parse(body.kind === 'json' ? body.value : null);
    hearing.tell(hash, text);
    return {};
  });
}
