import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../platform/problem.ts';
import { type StripState, sliceStates, stripList } from './strip-list.ts';

const states = fc
  .uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 40 })
  .map((starts) => [0, ...starts.toSorted((a, b) => a - b)])
  .map((starts) => starts.map((startFrame, i): StripState => ({ name: `s${i}.png`, startFrame })));

const shownAt = (list: readonly StripState[], frame: number) =>
  list.findLast(({ startFrame }) => startFrame <= frame)?.name;

describe('caption strips', () => {
  test('a segment shows at each frame what its scene shows there', () => {
    fc.assert(
      fc.property(states, fc.nat(310), fc.integer({ min: 1, max: 310 }), (scene, from, frames) => {
        const slice = sliceStates(scene, from, frames);
        for (let frame = 0; frame < frames; frame += 1) {
          expect(shownAt(slice, frame)).toBe(shownAt(scene, from + frame));
        }
        expect(slice.at(-1)?.startFrame).toBeLessThan(frames);
      }),
    );
  });

  test('the list holds every picture once, in order, for as long as it is shown', () => {
    const list = stripList(
      [
        { name: 'a.png', startFrame: 0 },
        { name: 'b.png', startFrame: 6 },
      ],
      36,
    );
    expect(list).toBe(
      'ffconcat version 1.0\nfile a.png\nduration 0.200000\nfile b.png\nduration 1.000000\n',
    );
  });

  test('captions that begin after their scene are refused', () => {
    expect(() => sliceStates([{ name: 'a.png', startFrame: 3 }], 0, 30)).toThrow(Problem);
  });
});
