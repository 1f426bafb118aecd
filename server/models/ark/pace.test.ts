import { expect, test } from 'vitest';
import { languageName, lengthOf, paceOf } from './pace.ts';

test('the pace counts words, or characters where words are not set apart', () => {
  expect(paceOf(60, 'en-GB')).toMatchObject({ unit: 'words', wanted: 150 });
  expect(paceOf(10, 'ja')).toMatchObject({ unit: 'characters', wanted: 60 });
  expect(paceOf(5, 'en').scenes).toEqual({ fewest: 1, most: 2 });
  expect(lengthOf(['Why? Three hearts — really.'], 'words')).toBe(4);
  expect(lengthOf(['タコの心臓は、三つ。'], 'characters')).toBe(8);
  expect(languageName('pt-BR')).toBe('Brazilian Portuguese (pt-BR)');
  expect(languageName('not a language')).toBe('not a language');
});
