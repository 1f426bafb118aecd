import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VideoInfo } from '../media/media.ts';
import { Problem } from '../platform/problem.ts';
import { footageChain } from './footage.ts';
import { PRESETS, TRANSITIONS } from './look.ts';
import { stripChain } from './segment-graph.ts';
import { CROSSFADE_FRAMES, lookOf, planSegments, type SegmentScene } from './segments.ts';

const look = lookOf('9:16', 'default', 'crossfade');

function scene(changes: Partial<SegmentScene> = {}): SegmentScene {
  return { footage: { file: '/a.mp4' }, frames: 150, captions: null, ...changes };
}

describe('segments', () => {
  test("a scene's segments hold exactly its frames, in order, whatever the transition", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: CROSSFADE_FRAMES + 1, max: 5000 }),
        fc.constantFrom(...TRANSITIONS),
        fc.constantFrom(...PRESETS),
        fc.boolean(),
        (frames, transition, preset, isFirst) => {
          const segments = planSegments(
            scene({ frames }),
            isFirst ? null : scene(),
            lookOf('1:1', preset, transition),
          );
          let at = 0;
          for (const segment of segments) {
            expect(segment.fromFrame).toBe(at);
            expect(segment.frames).toBeGreaterThan(0);
            at += segment.frames;
          }
          expect(at).toBe(frames);
        },
      ),
    );
  });

  test('a crossfade goes on with the earlier clip exactly where its scene ended', () => {
    const [fade] = planSegments(scene(), scene({ frames: 97 }), look);
    expect(fade).toMatchObject({ kind: 'crossfade', outgoing: { fromFrame: 97 } });
  });

  test('the first scene and a film of cuts have no crossfade', () => {
    expect(planSegments(scene(), null, look)).toHaveLength(1);
    const cut = lookOf('9:16', 'default', 'cut');
    expect(planSegments(scene(), scene(), cut).map(({ kind }) => kind)).toEqual(['body']);
  });

  test('a scene too short for its crossfade is refused', () => {
    expect(() => planSegments(scene({ frames: CROSSFADE_FRAMES }), scene(), look)).toThrow(Problem);
  });
});

describe('footage', () => {
  const clip: VideoInfo = {
    codec: 'h264',
    profile: 'High',
    pixelFormat: 'yuv420p',
    width: 720,
    height: 1280,
    rotationDegrees: 0,
    fps: { numerator: 24, denominator: 1 },
    frames: 120,
    seconds: 5,
    startSeconds: 0,
    colorSpace: null,
    colorPrimaries: null,
    colorTransfer: null,
    colorRange: null,
  };
  const shown = { size: { width: 1080, height: 1920 }, fromFrame: 0, frames: 150 };
  const order = (chain: string) =>
    chain.indexOf('scale=') < chain.indexOf('fps=') ? 'scale' : 'rate';

  test('scaling runs on the side of the rate change that has fewer frames', () => {
    const at = (numerator: number) => ({ ...clip, fps: { numerator, denominator: 1 } });
    expect(order(footageChain(at(24), shown))).toBe('scale');
    expect(order(footageChain(at(60), shown))).toBe('rate');
    expect(order(footageChain(clip, { ...shown, fromFrame: 150, frames: 15 }))).toBe('rate');
  });

  test('an untagged HD clip is taken for BT.709, an untagged small one for BT.601', () => {
    expect(footageChain(clip, shown)).toContain('in_color_matrix=bt709');
    const small = { ...clip, width: 640, height: 360 };
    expect(footageChain(small, shown)).toContain('in_color_matrix=bt601');
  });

  test('a clip filmed in HDR is brought into range, any other is not', () => {
    const hlg = { ...clip, colorTransfer: 'arib-std-b67' };
    expect(footageChain(hlg, shown)).toContain('tonemap');
    expect(footageChain({ ...clip, colorTransfer: 'bt709' }, shown)).not.toContain('tonemap');
  });

  test('a rate that says nothing still gives a chain that counts frames', () => {
    const odd = { ...clip, fps: { numerator: 0, denominator: 0 } };
    expect(footageChain(odd, shown)).toContain('trim=start_frame=0:end_frame=151');
  });
});

test('however many captions a scene has, FFmpeg can read the expression that times them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), (count) => {
      const startFrames = Array.from({ length: count }, (_, i) => i * 3);
      const chain = stripChain({ y: 0, startFrames });
      let depth = 0;
      let deepest = 0;
      for (const sign of chain) {
        if (sign === '(') depth += 1;
        if (sign === ')') depth -= 1;
        deepest = Math.max(deepest, depth);
      }
      expect(deepest).toBeLessThan(20);
      expect(chain.match(/gte\(/g)?.length ?? 0).toBe(count - 1);
    }),
    { numRuns: 30 },
  );
});
