import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeLocalSpeechModel } from '../../server/models/local/speech/speech.ts';
import { readWav, type Sound, writeWav } from '../../server/models/local/speech/wav.ts';
import type { TimedWord } from '../../server/models/models.ts';
import { Problem } from '../../server/platform/problem.ts';

export type Spoken = { readonly sound: Sound; readonly words: readonly TimedWord[] };

/** What is to be said, and how. */
export type Speaking = {
  readonly text: string;
  readonly gender: 'female' | 'male';
  readonly voice: string;
};

/** A calm narrator's word with its pause: about 158 words a minute. */
const WORD_MS = 380;
const TONE_MS = 300;
const EDGE_MS = 15;
const TONE_RATE_HZ = 16_000;
const LOUDNESS = 0.25;

/** A tone for each word, in the place of speech: costs nothing and tells when each word is. */
export function toneSpeech({ text, voice }: Speaking): Spoken {
  const words = wordsIn(text).map((word, index) => ({
    text: word,
    startMs: index * WORD_MS,
    endMs: index * WORD_MS + TONE_MS,
  }));
  const lastMs = Math.max(1, words.length) * WORD_MS;
  const samples = new Float32Array(Math.ceil((lastMs * TONE_RATE_HZ) / 1000));
  const base = 180 + (hashOf(voice)[0] ?? 0) / 2;
  for (const word of words) {
    const pitch = base + ((hashOf(word.text)[0] ?? 0) % 120);
    addTone(samples, word.startMs, pitch);
  }
  return { sound: { rateHz: TONE_RATE_HZ, samples }, words };
}

function addTone(samples: Float32Array, startMs: number, pitchHz: number): void {
  const from = Math.round((startMs * TONE_RATE_HZ) / 1000);
  const count = Math.round((TONE_MS * TONE_RATE_HZ) / 1000);
  const edge = (EDGE_MS * TONE_RATE_HZ) / 1000;
  for (let index = 0; index < count && from + index < samples.length; index += 1) {
    const rise = Math.min(1, index / edge, (count - index) / edge);
    const wave = Math.sin((2 * Math.PI * pitchHz * index) / TONE_RATE_HZ);
    samples[from + index] = LOUDNESS * rise * wave;
  }
}

const FLITE_VOICES = { female: 'slt', male: 'rms' } as const;
const keptWords = z.array(z.object({ text: z.string(), startMs: z.number(), endMs: z.number() }));

/**
 * Real speech by the built-in voices, kept by text and voice; a tone for each word where they do not speak the
 * language.
 */
export function makeSpeaker(cacheDir: string) {
  const work = join(cacheDir, 'work');
  const local = makeLocalSpeechModel({ workDir: work });

  return async function speak(speaking: Speaking, signal: AbortSignal): Promise<Spoken> {
    const { text, gender } = speaking;
    const voice = FLITE_VOICES[gender];
    const name = hashOf(`${voice}\n${text}`).toString('hex').slice(0, 32);
    const file = join(cacheDir, `${name}.wav`);
    const timesFile = join(cacheDir, `${name}.json`);
    if (await isThere(timesFile)) return await read(file, timesFile);
    await mkdir(work, { recursive: true });
    try {
      const narration = { text, voice, language: 'en', previousText: null, nextText: null };
      const { words } = await local.speak(narration, file, { signal });
      await writeFile(`${timesFile}.part`, JSON.stringify(words ?? []));
      // The times come last: where they are, the sound is.
      await rename(`${timesFile}.part`, timesFile);
    } catch (error) {
      if (error instanceof Problem && error.kind === 'invalid') return toneSpeech(speaking);
      throw error;
    }
    return await read(file, timesFile);
  };
}

async function read(file: string, timesFile: string): Promise<Spoken> {
  const words = keptWords.parse(JSON.parse(await readFile(timesFile, 'utf8')));
  return { sound: readWav(await readFile(file)), words };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/**
 * The sound in the format that was asked for, as far as can be: `pcm_…` as it is, WAV for all others, at no more
 * than 24 kHz. Nothing here encodes MP3, and a client that plays what it gets does not mind.
 */
export function soundBytes(sound: Sound, format: string, speed: number): Buffer {
  const wanted = Number(/_(\d+)/.exec(format)?.[1] ?? 24_000);
  const isExact = /^(?:pcm|wav)_/.test(format);
  const rateHz = isExact ? wanted : Math.min(wanted, 24_000);
  const wav = writeWav(resampled(sound, rateHz, speed));
  return format.startsWith('pcm_') ? wav.subarray(44) : wav;
}

function resampled({ rateHz, samples }: Sound, wantedHz: number, speed: number): Sound {
  const step = (rateHz / wantedHz) * speed;
  const result = new Float32Array(Math.floor(samples.length / step));
  for (let index = 0; index < result.length; index += 1) {
    const at = index * step;
    const before = Math.floor(at);
    const one = samples[before] ?? 0;
    const next = samples[before + 1] ?? one;
    result[index] = one + (next - one) * (at - before);
  }
  return { rateHz: wantedHz, samples: result };
}

export const wordsIn = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
