import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLocalSpeechModel } from './speech.ts';
import { readWav } from './wav.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clipt-speech-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const narrationOf = (text: string, voice: string, language: string) => ({
  text,
  voice,
  language,
  previousText: null,
  nextText: null,
});
const call = () => ({ signal: AbortSignal.timeout(60_000) });
const speak = (text: string, voice = 'rms', language = 'en') =>
  makeLocalSpeechModel({ workDir: folder }).speak(
    narrationOf(text, voice, language),
    path.join(folder, 'out.wav'),
    call(),
  );

describe('the built-in voices', () => {
  test('speak into a 48 kHz WAV that is loud enough, never clips, and is cut at its ends', async () => {
    const { seconds } = await speak('Octopuses have three hearts.');
    const { rateHz, samples } = readWav(await readFile(path.join(folder, 'out.wav')));
    expect(rateHz).toBe(48_000);
    expect(samples.length / rateHz).toBeCloseTo(seconds, 3);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.2);
    expect(peak).toBeLessThan(0.72);
    const quiet = samples.findIndex((sample) => Math.abs(sample) > peak / 20);
    expect(quiet / rateHz).toBeLessThan(0.15);
  });

  test('give every written word its time, in order, within the sound', async () => {
    const text = 'Why? — Two 🐙 cost $3.50 & 25% of 1,000,000, e.g. at 10°C. The end.';
    const { words, seconds } = await speak(text, 'slt');
    expect(words?.map((word) => word.text)).toEqual(text.split(' '));
    let edge = 0;
    for (const { text: word, startMs, endMs } of words ?? []) {
      expect(startMs).toBeGreaterThanOrEqual(edge);
      expect(endMs).toBeGreaterThanOrEqual(startMs);
      if (/[a-z0-9]/i.test(word)) expect(endMs - startMs).toBeGreaterThan(40);
      edge = endMs;
    }
    expect(edge).toBeLessThanOrEqual(seconds * 1000);
    expect(edge).toBeGreaterThan(seconds * 1000 - 250);
  });

  test('start a word after a pause where the sound starts again', async () => {
    const { words } = await speak('One. Two. Three.');
    const { rateHz, samples } = readWav(await readFile(path.join(folder, 'out.wav')));
    const loud = (ms: number) => {
      const from = Math.max(0, Math.round(((ms - 25) * rateHz) / 1000));
      const part = samples.subarray(from, from + rateHz / 20);
      return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
    };
    for (const { startMs, endMs } of words ?? []) {
      expect(loud((startMs + endMs) / 2)).toBeGreaterThan(0.03);
      expect(loud(endMs + 100)).toBeLessThan(0.02);
    }
  });

  test.each([
    ['日本語の文章です。', 'en'],
    ['مرحبا بالعالم', 'en'],
    ['नमस्ते दुनिया', 'en'],
    ['🐙🔥', 'en'],
    ['Los pulpos tienen tres corazones', 'es'],
  ])('refuse %s (%s) and name the ways out', async (text, language) => {
    await expect(speak(text, 'rms', language)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'language_not_spoken',
      action: expect.stringContaining('ELEVENLABS_API_KEY'),
    });
  });

  test('are listed, the default among them, and cost nothing', async () => {
    const model = makeLocalSpeechModel({ workDir: folder });
    const voices = await model.listVoices(call());
    expect(voices.map(({ id }) => id)).toContain(model.defaultVoice);
    expect(model.estimate('Four')).toMatchObject({ unit: 'characters', units: 4, costMicroUsd: 0 });
  });

  test('stop on abort and leave nothing behind', async () => {
    const model = makeLocalSpeechModel({ workDir: folder });
    const stop = new AbortController();
    const input = narrationOf('A long one. '.repeat(100), 'rms', 'en');
    const spoken = model.speak(input, path.join(folder, 'never.wav'), { signal: stop.signal });
    stop.abort();
    await expect(spoken).rejects.toMatchObject({ kind: 'canceled' });
    const left = await readdir(folder);
    expect(left.filter((name) => name !== 'out.wav')).toEqual([]);
  });
});
