import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchScenes } from './match-scenes.ts';

const match = (former: readonly string[], next: readonly string[]) => {
  const scenes = (texts: readonly string[]) => texts.map((narration) => ({ narration }));
  return matchScenes(scenes(former), scenes(next));
};
const A = 'Octopuses have three hearts.';
const B = 'Two of them pump blood through the gills.';
const C = 'The third serves the rest of the body.';

describe('a scene of the new script continues', () => {
  test('the same scene when nothing changed', () =>
    expect(match([A, B, C], [A, B, C])).toEqual([0, 1, 2]));
  test('its former self when its sentence was edited', () =>
    expect(match([A, B, C], [A, 'Two of the hearts push blood through both gills.', C])).toEqual([
      0, 1, 2,
    ]));
  test('nothing when it was inserted', () =>
    expect(match([A, B, C], [A, 'Completely new words here.', B, C])).toEqual([0, null, 1, 2]));
  test('the right one after a deletion', () => expect(match([A, B, C], [A, C])).toEqual([0, 2]));
  test('its former self wherever it moved', () =>
    expect(match([A, B, C], [C, A, B])).toEqual([2, 0, 1]));
  test('one former scene only, though two are alike', () =>
    expect(match([A], [A, A])).toEqual([0, null]));
  test('nothing when its words are all new', () =>
    expect(match([A, B, C], [A, 'Why is the sky blue today?', C])).toEqual([0, null, 2]));
  test('its former self in a script without spaces', () =>
    expect(match(['タコには心臓が三つあります。'], ['タコには心臓が四つあります。'])).toEqual([0]));
  test('no former scene that another continues, and unchanged scenes always go on', () => {
    const words = fc.constantFrom('red', 'green', 'blue', 'octopus', 'heart', 'sky');
    const scene = fc.array(words, { minLength: 1, maxLength: 6 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(fc.array(scene), fc.array(scene), (former, next) => {
        const found = match(former, next).filter((index) => index !== null);
        expect(new Set(found).size).toBe(found.length);
        expect(match(former, former)).toEqual(former.map((_, index) => index));
      }),
    );
  });
});
