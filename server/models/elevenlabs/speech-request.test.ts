import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { speechRequest } from './speech-request.ts';

const NARRATION = {
  text: 'Tides rise twice a day.',
  voice: '21m00Tcm4TlvDq8ikWAM',
  language: 'en-GB',
  previousText: 'The moon pulls.',
  nextText: 'Then they fall.',
};
const body = z.object({
  text: z.string(),
  model_id: z.string(),
  seed: z.int().min(0).max(4_294_967_295),
  language_code: z.string().optional(),
  previous_text: z.string().optional(),
  next_text: z.string().optional(),
});
const bodyOf = (model: string, narration = {}) => {
  const request = speechRequest({ ...NARRATION, ...narration }, { model, zeroRetention: false });
  return body.strict().parse(request.json);
};

describe('the request of a narration', () => {
  test('names model, format and seed, and what is said around it', () => {
    const request = speechRequest(NARRATION, {
      model: 'eleven_multilingual_v2',
      zeroRetention: false,
    });
    expect(request).toEqual({
      method: 'POST',
      path: '/v1/text-to-speech/{voice_id}/with-timestamps',
      params: { voice_id: '21m00Tcm4TlvDq8ikWAM' },
      query: [['output_format', 'mp3_44100_128']],
      json: {
        text: 'Tides rise twice a day.',
        model_id: 'eleven_multilingual_v2',
        seed: expect.any(Number),
        previous_text: 'The moon pulls.',
        next_text: 'Then they fall.',
      },
    });
  });

  test('asks that nothing be kept only where that is set', () => {
    const options = { model: 'eleven_multilingual_v2', zeroRetention: true };
    expect(speechRequest(NARRATION, options).query).toContainEqual(['enable_logging', 'false']);
  });

  test.each([
    ['eleven_multilingual_v2', false, true],
    ['eleven_flash_v2_5', true, true],
    ['eleven_turbo_v2_5', true, true],
    ['eleven_flash_v2', false, true],
    ['eleven_v3', false, false],
    ['eleven_v4_turbo', false, false],
  ])('to %s tells the language: %s, the neighbours: %s', (model, language, neighbours) => {
    const body = bodyOf(model);
    expect(body.model_id).toBe(model);
    expect('language_code' in body).toBe(language);
    expect('previous_text' in body).toBe(neighbours);
    expect('next_text' in body).toBe(neighbours);
  });

  test('gives the language in two letters, and none that has more', () => {
    expect(bodyOf('eleven_flash_v2_5')).toMatchObject({ language_code: 'en' });
    expect(bodyOf('eleven_flash_v2_5', { language: 'fil' })).not.toHaveProperty('language_code');
    expect(bodyOf('eleven_flash_v2_5', { language: '??' })).not.toHaveProperty('language_code');
  });

  test('has a seed that is the same for the same words of the same voice alone', () => {
    const seed = (narration = {}) => bodyOf('eleven_v3', narration).seed;
    expect(seed()).toBe(seed({ previousText: null, language: 'de' }));
    expect(seed()).not.toBe(seed({ voice: 'another' }));
    expect(seed()).not.toBe(seed({ text: 'Tides fall.' }));
  });

  test('takes of long neighbours the nearest thousand characters, whole words of them', () => {
    const long = Array.from({ length: 600 }, (_, index) => `w${index}🐙`).join(' ');
    const { previous_text: before = '', next_text: after = '' } = bodyOf('eleven_multilingual_v2', {
      previousText: long,
      nextText: long,
    });
    for (const part of [before, after]) {
      expect([...part].length).toBeLessThanOrEqual(1_000);
      expect([...part].length).toBeGreaterThan(980);
    }
    expect(long.endsWith(` ${before}`)).toBe(true);
    expect(long.startsWith(`${after} `)).toBe(true);
  });

  test('leaves out neighbours that say nothing', () => {
    const body = bodyOf('eleven_multilingual_v2', { previousText: null, nextText: ' ' });
    expect(Object.keys(body)).toEqual(['text', 'model_id', 'seed']);
  });
});
