import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentsTask, pickMoments, pickSnapshots, posterScore } from './pictures.ts';
import { layTimeline } from './timeline.ts';

const scenes = fc
  .array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 40 })
  .map((counts) => layTimeline(counts));

describe('pictures', () => {
  test('moments are in order, inside the film, never twice the same', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 12 }), (timeline, count) => {
        const frames = pickMoments(timeline.scenes, count).map(({ frame }) => frame);
        expect(frames.length).toBeGreaterThan(0);
        expect(frames.length).toBeLessThanOrEqual(count);
        expect(new Set(frames).size).toBe(frames.length);
        expect(frames).toEqual(frames.toSorted((a, b) => a - b));
        expect(frames[0]).toBeGreaterThanOrEqual(0);
        expect(frames.at(-1)).toBeLessThan(timeline.frames);
      }),
    );
  });

  test('no moment lies in the first third of its scene, where pictures still arrive', () => {
    fc.assert(
      fc.property(scenes, (timeline) => {
        for (const { frame } of pickMoments(timeline.scenes, 9)) {
          const scene = timeline.scenes.findLast(({ startFrame }) => startFrame <= frame);
          const part = (frame - (scene?.startFrame ?? 0) + 1) / (scene?.frames ?? 1);
          expect(part).toBeGreaterThan(1 / 3);
        }
      }),
    );
  });

  test('three snapshots stand for beginning, middle and end, of however few pictures', () => {
    expect(pickSnapshots(8)).toEqual([1, 4, 6]);
    expect(pickSnapshots(9)).toEqual([1, 4, 7]);
    expect(pickSnapshots(1)).toEqual([0, 0, 0]);
  });

  test('a black, a white and a grey picture lose against a colourful one', () => {
    const flat = (value: number) => new Uint8ClampedArray(64 * 4).fill(value);
    const colourful = new Uint8ClampedArray(64 * 4).map(
      (_, i) => [220, 40, 90, 255, 20, 60, 200, 255][i % 8] ?? 0,
    );
    const score = posterScore(colourful, 0.9);
    for (const value of [0, 128, 255]) expect(posterScore(flat(value), 0)).toBeLessThan(score);
  });

  test('each moment is sought a little before its frame, never before the film', () => {
    const task = momentsTask('/film.mp4', [{ frame: 0 }, { frame: 90 }], ['/a.jpg', '/b.jpg']);
    expect(task.inputs.map((input) => (input.kind === 'media' ? input.seekSeconds : null))).toEqual(
      [0, 89.75 / 30],
    );
    expect(task.outputs.map(({ file, video }) => [file, video?.frames])).toEqual([
      ['/a.jpg', 1],
      ['/b.jpg', 1],
    ]);
  });
});
