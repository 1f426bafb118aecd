import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FILM_FPS } from '../media/formats.ts';
import { Problem } from '../platform/problem.ts';
import {
  FINAL_TAIL_SECONDS,
  LEAD_IN_SECONDS,
  layTimeline,
  MIN_SCENE_SECONDS,
  PAUSE_SECONDS,
  planTimeline,
  SAMPLES_PER_FRAME,
  sceneFrames,
  wordsInScene,
} from './timeline.ts';

const voice = fc.double({ min: 0, max: 120, noNaN: true });
const voices = fc.array(voice, { minLength: 1, maxLength: 60 });

describe('timeline', () => {
  test('every scene is as long as its distance on the rounded clock, for any lengths', () => {
    fc.assert(
      fc.property(voices, (lengths) => {
        const { scenes, frames, seconds } = planTimeline(lengths);
        for (const { startFrame, frames: n } of scenes) {
          const start = startFrame / FILM_FPS;
          const end = (startFrame + n) / FILM_FPS;
          expect(Math.round(end * FILM_FPS) - Math.round(start * FILM_FPS)).toBe(n);
        }
        expect(scenes.reduce((sum, scene) => sum + scene.frames, 0)).toBe(frames);
        expect(Math.round(seconds * FILM_FPS)).toBe(frames);
      }),
    );
  });

  test('scenes follow one another without gap or overlap', () => {
    fc.assert(
      fc.property(voices, (lengths) => {
        const { scenes } = planTimeline(lengths);
        for (const [i, scene] of scenes.entries()) {
          const before = scenes[i - 1];
          expect(scene.startFrame).toBe(before ? before.startFrame + before.frames : 0);
        }
      }),
    );
  });

  test('a change in one scene never alters the frames of another', () => {
    fc.assert(
      fc.property(voices, fc.nat(), voice, (lengths, at, changed) => {
        const index = at % lengths.length;
        const before = planTimeline(lengths).scenes;
        const after = planTimeline(lengths.with(index, changed)).scenes;
        for (const [i, scene] of before.entries()) {
          if (i !== index) expect(after[i]?.frames).toBe(scene.frames);
          if (i <= index) expect(after[i]?.startFrame).toBe(scene.startFrame);
        }
      }),
    );
  });

  test('a scene has room for its voice, its pauses, and less than a frame more', () => {
    fc.assert(
      fc.property(voice, fc.boolean(), (seconds, isLast) => {
        const after = isLast ? FINAL_TAIL_SECONDS : PAUSE_SECONDS;
        const needed = Math.max(MIN_SCENE_SECONDS, LEAD_IN_SECONDS + seconds + after);
        const spare = sceneFrames(seconds, { isLast }) / FILM_FPS - needed;
        expect(spare).toBeGreaterThan(-1e-6);
        expect(spare).toBeLessThan(1 / FILM_FPS);
      }),
    );
  });

  test('voices lie inside the film, in order, at whole samples of whole frames', () => {
    fc.assert(
      fc.property(voices, (lengths) => {
        const { scenes, samples, frames } = planTimeline(lengths);
        expect(samples).toBe(frames * SAMPLES_PER_FRAME);
        let last = 0;
        for (const { voiceStartSample } of scenes) {
          expect(voiceStartSample % SAMPLES_PER_FRAME).toBe(0);
          expect(voiceStartSample).toBeGreaterThan(last);
          expect(voiceStartSample).toBeLessThan(samples);
          last = voiceStartSample;
        }
      }),
    );
  });

  test('words move with their voice to after the lead-in', () => {
    expect(wordsInScene([{ text: 'hi', startMs: 0, endMs: 300 }])).toEqual([
      { text: 'hi', startMs: 200, endMs: 500 },
    ]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9])(
    'a voice of %d seconds is refused',
    (n) => {
      expect(() => sceneFrames(n, { isLast: false })).toThrow(Problem);
    },
  );

  test.each([[[]], [[0]], [[1.5]], [[-30]]])('scenes of %j frames are refused', (counts) => {
    expect(() => layTimeline(counts)).toThrow(Problem);
  });
});
