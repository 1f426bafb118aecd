import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planCaptions } from '../compose/captions/captions.ts';
import { CAPTION_STYLES } from '../compose/look.ts';
import type { VideoInfo } from '../media/media.ts';
import { fitCaptions, nearestFormat, shownSize } from './fit-captions.ts';

function picture(width: number, height: number, rotationDegrees: 0 | 90 = 0): VideoInfo {
  return {
    codec: 'h264',
    profile: null,
    pixelFormat: 'yuv420p',
    width,
    height,
    rotationDegrees,
    fps: { numerator: 30, denominator: 1 },
    frames: null,
    seconds: 4,
    startSeconds: 0,
    colorSpace: null,
    colorPrimaries: null,
    colorTransfer: null,
    colorRange: null,
  };
}

describe('the size of captioned footage', () => {
  test('is its own, upright and even, and no larger than a film', () => {
    expect(shownSize(picture(1440, 1080))).toEqual({ width: 1440, height: 1080 });
    expect(shownSize(picture(1920, 1080, 90))).toEqual({ width: 1080, height: 1920 });
    expect(shownSize(picture(3840, 2160, 90))).toEqual({ width: 1080, height: 1920 });
    expect(shownSize(picture(2160, 2160))).toEqual({ width: 1080, height: 1080 });
    expect(shownSize(picture(641, 361))).toEqual({ width: 640, height: 360 });
    expect(shownSize(picture(886, 1920))).toEqual({ width: 886, height: 1920 });
  });

  test('takes captions of the nearest shape, which lie wholly in the picture at any size', () => {
    const side = fc.integer({ min: 200, max: 4000 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(...CAPTION_STYLES), (width, height, style) => {
        const size = shownSize(picture(width, height));
        const words = ['Two', 'of', 'them', 'pump', 'blood', 'incessantly.'].map((text, i) => ({
          text,
          startMs: i * 300,
          endMs: i * 300 + 250,
        }));
        const text = words.map((word) => word.text).join(' ');
        const format = nearestFormat(size);
        const plan = { text, words, frames: 90, fps: 30, format, style, language: 'en' };
        const track = fitCaptions(planCaptions(plan), size);
        expect(track.size).toEqual(size);
        expect([track.area.y % 2, track.area.height % 2]).toEqual([0, 0]);
        expect(track.area.y).toBeGreaterThanOrEqual(0);
        expect(track.area.y + track.area.height).toBeLessThanOrEqual(size.height);
        for (const { box } of track.pages.flatMap((p) => p.lines.flatMap((l) => l.words))) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(size.width);
          expect(box.y).toBeGreaterThanOrEqual(track.area.y);
          expect(box.y + box.height).toBeLessThanOrEqual(track.area.y + track.area.height);
        }
      }),
      { numRuns: 40 },
    );
  });
});
