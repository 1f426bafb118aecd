import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadImagery } from './imagery.ts';
import { baseForms } from './word-forms.ts';

const { find } = loadImagery();

describe('the picture of a word', () => {
  test.each([
    ['octopuses', 'octopus'],
    ['wolves', 'wolf'],
    ['leaves', 'leaf-fluttering-in-wind'],
    ['mice', 'mouse'],
    ['people', 'person'],
    ['children', 'child'],
    ['butterflies', 'butterfly'],
    ['volcanoes', 'volcano'],
    ['foxes', 'fox'],
    ['watches', 'watch'],
    ['teeth', 'tooth'],
    ['knives', 'kitchen-knife'],
    ['black-holes', 'black-hole'],
  ])('of %s is that of the singular', (word, icon) => {
    expect(find(word)).toBe(icon);
  });

  test.each(['floor', 'pump', 'body', 'evening', 'table', 'branch', 'mark', 'swimming', ''])(
    'of %j is none, since none is certain',
    (word) => {
      expect(find(word)).toBeNull();
    },
  );

  test('is looked up by the word itself first, whatever the word is', () => {
    fc.assert(fc.property(fc.string(), (word) => baseForms(word)[0] === word));
  });
});
