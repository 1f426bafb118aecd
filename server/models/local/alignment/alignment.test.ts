import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TimedWord } from '../../models.ts';
import { makeLocalSpeechModel } from '../speech/speech.ts';
import { readWav, writeWav } from '../speech/wav.ts';
import { makeLocalTranscription } from './alignment.ts';
import { RATE_HZ } from './features.ts';

const TEXT =
  'Octopuses have three hearts. Two of them pump blood through the gills, and the third sends it around the body. When an octopus swims, that third heart stops beating, which is why it would rather crawl than swim. Its blood is blue, because copper carries the oxygen instead of iron. In 2019 scientists counted nine brains!';
const CALL = { signal: new AbortController().signal };
const LEAD_IN_MS = 1500;

let folder: string;
let transcription: ReturnType<typeof makeLocalTranscription>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-align-'));
  transcription = makeLocalTranscription({ speech: makeLocalSpeechModel({ workDir: folder }) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The text as `voice` says it after a pause, over noise and a swelling chord, with the true word times. */
async function recording(voice: string): Promise<{ file: string; truth: readonly TimedWord[] }> {
  const file = join(folder, `${voice}.wav`);
  const speech = makeLocalSpeechModel({ workDir: folder });
  const narration = { text: TEXT, voice, language: 'en', previousText: null, nextText: null };
  const said = await speech.speak(narration, file, CALL);
  const { samples } = readWav(await readFile(file));
  const leadIn = (LEAD_IN_MS * RATE_HZ) / 1000;
  const sound = new Float32Array(Math.floor(samples.length / 3) + 2 * leadIn);
  let seed = 1;
  for (const at of sound.keys()) {
    seed = (seed * 16_807) % 2_147_483_647;
    const noise = 0.02 * ((2 * seed) / 2_147_483_647 - 1);
    const swell = 0.02 * (1 + Math.sin(at / 8000));
    const chord =
      Math.sin((at * 2 * Math.PI * 220) / RATE_HZ) + Math.sin((at * 2 * Math.PI * 330) / RATE_HZ);
    const from = 3 * (at - leadIn);
    const voiced = ((samples[from] ?? 0) + (samples[from + 1] ?? 0) + (samples[from + 2] ?? 0)) / 3;
    sound[at] = 0.7 * voiced + noise + swell * chord;
  }
  await writeFile(file, writeWav({ rateHz: RATE_HZ, samples: sound }));
  const truth = (said.words ?? []).map((word) => ({
    ...word,
    startMs: word.startMs + LEAD_IN_MS,
    endMs: word.endMs + LEAD_IN_MS,
  }));
  return { file, truth };
}

function expectInOrder(words: readonly TimedWord[], lastMs: number): void {
  let at = 0;
  for (const { startMs, endMs } of words) {
    expect(startMs).toBeGreaterThanOrEqual(at);
    expect(endMs).toBeGreaterThanOrEqual(startMs);
    at = endMs;
  }
  expect(at).toBeLessThanOrEqual(lastMs);
}

describe('local alignment', () => {
  test.each(['slt', 'awb'])(
    'times the words that %s says over music and noise to 80 ms on average',
    async (voice) => {
      const { file, truth } = await recording(voice);
      const words = await transcription.transcribe({ file, text: TEXT, language: 'en' }, CALL);
      expect(words.map(({ text }) => text)).toEqual(TEXT.split(' '));
      const errors = words.map((word, i) => Math.abs(word.startMs - (truth[i]?.startMs ?? 0)));
      expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(80);
      expectInOrder(words, (truth.at(-1)?.endMs ?? 0) + 2 * LEAD_IN_MS);
    },
  );

  test('shares the spoken time by length in a language that no voice here speaks', async () => {
    const { file, truth } = await recording('rms');
    const words = await transcription.transcribe({ file, text: TEXT, language: 'de' }, CALL);
    expect(words.map(({ text }) => text)).toEqual(TEXT.split(' '));
    expectInOrder(words, (truth.at(-1)?.endMs ?? 0) + 2 * LEAD_IN_MS);
  });

  test.each([null, '', ' \n'])('says the ways out when the text is %j', async (text) => {
    const input = { file: join(folder, 'none.wav'), text, language: 'en' };
    await expect(transcription.transcribe(input, CALL)).rejects.toMatchObject({
      code: 'transcription_unavailable',
      action: expect.stringMatching(/--script.*WHISPER_URL.*OPENAI_API_KEY/),
    });
  });

  test('refuses sound that is not a 16 kHz WAV', async () => {
    const file = join(folder, 'other.wav');
    await writeFile(file, writeWav({ rateHz: 44_100, samples: new Float32Array(100) }));
    await expect(
      transcription.transcribe({ file, text: 'hello', language: 'en' }, CALL),
    ).rejects.toMatchObject({ code: 'unreadable_sound' });
    await writeFile(file, 'not a sound');
    await expect(
      transcription.transcribe({ file, text: 'hello', language: 'en' }, CALL),
    ).rejects.toMatchObject({ code: 'unreadable_sound' });
  });

  test('finds a place for every word even when the sound is silent or shorter than the text', async () => {
    const file = join(folder, 'short.wav');
    for (const samples of [new Float32Array(8000), new Float32Array(1)]) {
      await writeFile(file, writeWav({ rateHz: RATE_HZ, samples }));
      const text = 'Far more words than half a second can hold 🎉 today.';
      const words = await transcription.transcribe({ file, text, language: 'en' }, CALL);
      expect(words).toHaveLength(11);
      expectInOrder(words, 500);
    }
  });
});
