import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../../media/formats.ts';
import { clipSize, prepareClip } from './draw-clip.ts';
import { LAYOUTS, type LayoutName } from './layout-names.ts';

/** A prompt for each layout, in the words that scripts use. */
const PROMPTS: { readonly [Name in LayoutName]: string } = {
  landscape: 'A bear in a mountain valley at sunrise, evergreen trees',
  closeup: 'Close-up of a coffee cup, soft morning light',
  steps: 'Three steps: flour, water, salt and an oven',
  number: 'An iceberg, 90 percent of it hidden, dramatic light',
  quote: 'A quote about time, a clock and a book',
  versus: 'A cat versus a dog',
  route: 'A map with a dashed route, a ship and a camel',
  timeline: 'A timeline from 1903 to 1969, an airplane and a rocket',
  space: 'An astronaut floating past a planet and stars',
  underwater: 'An octopus drifting over a reef, three glowing hearts, deep blue water',
  seaside: 'A ship on the ocean waves at sunset, a lighthouse',
  city: 'A city street with a taxi and a bus',
  growth: 'A chart of rising money and coins',
  crowd: 'Five red apples side by side',
  constellation: 'A brain connected to eyes, ears, hands and nerves',
  abstract: 'The meaning of freedom',
};

const SMALL = { width: 180, height: 320 };
const WORDS_ALONE = { firstFrame: null, references: [], wantsLastFrame: false };
const request = (prompt: string) =>
  ({ prompt, seconds: 5, format: '9:16', seed: 11, ...WORDS_ALONE }) as const;

/** Brightness of every pixel, 0 to 255 (weights of ITU-R BT.709). */
function brightness(pixels: Uint8Array): Float64Array {
  return Float64Array.from({ length: pixels.length / 4 }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(pixel * 4, pixel * 4 + 3);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
}

const mean = (values: Float64Array) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean difference of neighbours along a row: large where there is detail to disturb letters. */
function detail(values: Float64Array): number {
  let sum = 0;
  for (let index = 1; index < values.length; index += 1)
    sum += Math.abs((values[index] ?? 0) - (values[index - 1] ?? 0));
  return sum / values.length;
}

describe.each(LAYOUTS)('the layout %s', (layout) => {
  test('answers to its words, moves, is never black, and stays calm under the captions', async () => {
    const clip = await prepareClip(request(PROMPTS[layout]), SMALL);
    expect(clip.shot.layout).toBe(layout);
    const frames = [0, 0.5, 1, 2, 3, 4, 4.9].map((t) => brightness(clip.drawAt(t).data()));
    for (const [index, frame] of frames.entries()) {
      expect(mean(frame)).toBeGreaterThan(18);
      const next = frames[index + 1];
      const moved = next?.filter(
        (value, pixel) => Math.abs(value - (frame[pixel] ?? 0)) > 3,
      ).length;
      if (moved !== undefined) expect(moved / frame.length).toBeGreaterThan(0.02);
      const band = frame.subarray(SMALL.width * 198, SMALL.width * 240);
      expect(detail(band)).toBeLessThan(7);
      expect(mean(band)).toBeLessThan(205);
    }
  });
});

describe('a clip', () => {
  test('has the same pixels for the same request, and others for another seed', async () => {
    const draw = async (seed: number) => {
      const clip = await prepareClip({ ...request(PROMPTS.underwater), seed }, SMALL);
      return clip.drawAt(1.5).data();
    };
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(first.equals(again)).toBe(true);
    expect(first.equals(other)).toBe(false);
  });

  test.each(FORMATS)('fills the format %s at two thirds of the finished size', async (format) => {
    const { width, height } = clipSize(format);
    const clip = await prepareClip({ ...request(PROMPTS.closeup), format });
    expect([clip.width, clip.height]).toEqual([width, height]);
    const pixels = clip.drawAt(2).data();
    expect(pixels).toHaveLength(width * height * 4);
    for (let alpha = 3; alpha < pixels.length; alpha += 4001 * 4) expect(pixels[alpha]).toBe(255);
  });

  test.each([
    '',
    'x',
    '漢字かな交じり文',
    '😀 🐙',
    '%:\\{}"\'',
    'a '.repeat(2_000),
    '99999999999999 %',
  ])('is drawn from any text: %j', async (prompt) => {
    const clip = await prepareClip(request(prompt), SMALL);
    expect(mean(brightness(clip.drawAt(1).data()))).toBeGreaterThan(18);
  });
});
