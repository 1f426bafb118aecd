import { expect, test } from 'vitest';
import { whisperLanguage } from './languages.ts';
import { promptOf } from './prompt.ts';

test('a prompt is the last 200 words of what is known to be said by the end of the part', () => {
  const text = Array.from({ length: 1_000 }, (_, index) => `w${index}`).join('  ');
  const words = promptOf(text, 1)?.split(' ') ?? [];
  expect(words).toHaveLength(200);
  expect(words.at(-1)).toBe('w999');
  expect(promptOf(text, 0.5)?.split(' ').at(-1)).toBe('w499');
});

test('a prompt is short in any script, and none where nothing is known', () => {
  expect(promptOf('天'.repeat(5_000), 1)).toHaveLength(1_000);
  expect(promptOf(`${'x'.repeat(400)} `.repeat(9), 1)?.length).toBeLessThanOrEqual(1_000);
  expect(promptOf(null, 1)).toBeNull();
  expect(promptOf(' \n', 1)).toBeNull();
});

test.each([
  ['en-GB', 'en'],
  ['zh-Hant-TW', 'zh'],
  ['nb-NO', 'no'],
  ['jv', 'jw'],
  ['fil', 'tl'],
  ['iw', 'he'],
  ['tlh', null],
  ['not a language', null],
  [null, null],
])('the language %s is %s to Whisper', (language, code) => {
  expect(whisperLanguage(language)).toBe(code);
});
