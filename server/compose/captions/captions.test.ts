import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMATS, FRAME_SIZE } from '../../media/formats.ts';
import type { TimedWord } from '../../models/models.ts';
import { Problem } from '../../platform/problem.ts';
import { CAPTION_STYLES } from '../look.ts';
import { assertDrawable, type CaptionTrack, captionWords, planCaptions } from './captions.ts';
import { MIN_PAGE_MS } from './pages.ts';

const FPS = 30;

const word = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-zA-Z]{1,12}[,.!?]?$/) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '“100%',
      '{wow}”:',
      'C:\\temp',
      "don't",
      '—',
      'Donaudampfschifffahrtsgesellschaftskapitän',
      '👩‍🚀🇩🇪',
      '1️⃣',
      'قلوب،',
      '(مثال).',
      'שלושה',
      'श्री।',
      'ปลาหมึกยักษ์',
      '心臓が三つあり、',
      '「すごい」',
      'Ελλάδα',
      'Привет!',
      'cafe\u0301',
      'x'.repeat(300),
    ),
  },
);
const gap = fc.constantFrom(' ', ' ', ' ', '\n', '  ');
const text = fc
  .array(fc.tuple(word, gap), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.flat().join(''));

/** Words of the text with times as a voice would have them, odd ones included. */
const scene = fc
  .record({
    text,
    style: fc.constantFrom(...CAPTION_STYLES),
    format: fc.constantFrom(...FORMATS),
    lengthsMs: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 20, max: 900 })), {
      minLength: 1,
      maxLength: 30,
    }),
    pausesMs: fc.array(fc.constantFrom(0, 0, 0, 30, 120, 600, 1500), {
      minLength: 1,
      maxLength: 30,
    }),
    tailFrames: fc.integer({ min: -20, max: 60 }),
  })
  .map(({ lengthsMs, pausesMs, tailFrames, ...rest }) => {
    let at = 200;
    const words = captionWords(rest.text, 'en').map((token, i): TimedWord => {
      const startMs = at + (pausesMs[i % pausesMs.length] ?? 0);
      at = startMs + (lengthsMs[i % lengthsMs.length] ?? 0);
      return { text: token, startMs, endMs: at };
    });
    const frames = Math.max(1, Math.round((at * FPS) / 1000) + tailFrames);
    return { ...rest, words, frames, fps: FPS, language: 'en' };
  });

const pageWords = (track: CaptionTrack) =>
  track.pages.map((page) => page.lines.flatMap((line) => line.words));

describe('planned captions', () => {
  test('show every word that is said within the scene once, whole and in order', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const shown = pageWords(planCaptions(input)).flat();
        const endMs = (input.frames * 1000) / FPS;
        expect(shown.map((w) => w.text)).toEqual(
          input.words.filter((w) => w.startMs < endMs).map((w) => w.text),
        );
        expect(shown.map((w) => w.index)).toEqual(shown.map((_, i) => i));
      }),
      { numRuns: 60 },
    );
  });

  test('cover the scene with states that neither overlap nor leave a frame out', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const { states, pages, frames } = planCaptions(input);
        let at = 0;
        for (const state of states) {
          expect(state.fromFrame).toBe(at);
          expect(state.toFrame).toBeGreaterThan(state.fromFrame);
          const page = state.page === null ? undefined : pages[state.page];
          if (page) {
            expect(state.fromFrame).toBeGreaterThanOrEqual(page.fromFrame);
            expect(state.toFrame).toBeLessThanOrEqual(page.toFrame);
          }
          at = state.toFrame;
        }
        expect(at).toBe(frames);
      }),
      { numRuns: 60 },
    );
  });

  test('light a word within a frame of its sound, on the page that holds it', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const track = planCaptions(input);
        const words = pageWords(track);
        const lit = new Set<number>();
        for (const { page, word: index, fromFrame } of track.states) {
          if (index === null || page === null || lit.has(index)) continue;
          lit.add(index);
          const shown = words[page]?.find((w) => w.index === index);
          expect(shown).toBeDefined();
          const crowded = track.pages.some((p) => p.toFrame - p.fromFrame < 3);
          if (crowded) continue;
          expect(Math.abs((fromFrame * 1000) / FPS - (shown?.startMs ?? 0))).toBeLessThan(50);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('fill a karaoke word further with each step, and wholly by the time it ends', () => {
    const text = 'extraordinarily slow words';
    const words = captionWords(text, 'en').map((token, i) => ({
      text: token,
      startMs: 200 + i * 600,
      endMs: 800 + i * 600,
    }));
    const plan = { text, words, frames: 90, fps: FPS, format: '9:16', language: 'en' } as const;
    const { states } = planCaptions({ ...plan, style: 'karaoke' });
    for (const index of [0, 1, 2]) {
      const shares = states.filter((state) => state.word === index).map((state) => state.filled);
      expect(shares).toEqual([1 / 3, 2 / 3, 1]);
    }
  });

  test('hold at most two lines, inside the place the format leaves for them', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const track = planCaptions(input);
        const { width, height } = FRAME_SIZE[input.format];
        const side = input.format === '9:16' ? width * 0.12 : width * 0.06;
        const bottom = input.format === '9:16' ? height * 0.8 : height;
        expect(track.area.y % 2).toBe(0);
        expect(track.area.height % 2).toBe(0);
        expect(track.area.y + track.area.height).toBeLessThanOrEqual(bottom);
        for (const page of track.pages) {
          expect(page.lines.length).toBeLessThanOrEqual(2);
          for (const { box } of page.lines.flatMap((line) => line.words)) {
            expect(box.x).toBeGreaterThanOrEqual(side - 1);
            expect(box.x + box.width).toBeLessThanOrEqual(width - side + 1);
            expect(box.y).toBeGreaterThanOrEqual(track.area.y);
            expect(box.y + box.height).toBeLessThanOrEqual(track.area.y + track.area.height);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never lay one word over another', () => {
    fc.assert(
      fc.property(scene, (input) => {
        for (const page of planCaptions(input).pages) {
          for (const line of page.lines) {
            const boxes = line.words.map((w) => w.box).toSorted((a, b) => a.x - b.x);
            boxes.slice(1).forEach((box, i) => {
              const before = boxes[i];
              expect(box.x).toBeGreaterThanOrEqual((before?.x ?? 0) + (before?.width ?? 0) - 0.1);
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are the same for the same scene, down to the last digit', () => {
    fc.assert(
      fc.property(scene, (input) => {
        expect(JSON.stringify(planCaptions(input))).toBe(JSON.stringify(planCaptions(input)));
      }),
      { numRuns: 15 },
    );
  });

  test('keep a page readable for 0.3 s at any pace people speak at', () => {
    const speech = fc.record({
      text: fc
        .array(fc.stringMatching(/^[a-z]{1,9}[,.]?$/), { minLength: 1, maxLength: 40 })
        .map((words) => words.join(' ')),
      paceMs: fc.integer({ min: 150, max: 700 }),
      style: fc.constantFrom(...CAPTION_STYLES),
    });
    fc.assert(
      fc.property(speech, ({ text, paceMs, style }) => {
        const words = captionWords(text, 'en').map((token, i) => ({
          text: token,
          startMs: 200 + i * paceMs,
          endMs: 200 + (i + 1) * paceMs,
        }));
        const frames = Math.ceil(((200 + words.length * paceMs) * FPS) / 1000) + 15;
        const track = planCaptions({
          text,
          words,
          frames,
          fps: FPS,
          format: '9:16',
          style,
          language: 'en',
        });
        for (const { fromFrame, toFrame } of track.pages) {
          expect(((toFrame - fromFrame) * 1000) / FPS).toBeGreaterThanOrEqual(MIN_PAGE_MS - 34);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('end their pages with the sentence', () => {
    const text = 'An octopus has three hearts. Two of them stop when it swims. So it crawls.';
    const words = captionWords(text, 'en').map((token, i) => ({
      text: token,
      startMs: 200 + i * 300,
      endMs: 480 + i * 300,
    }));
    for (const style of CAPTION_STYLES) {
      const track = planCaptions({
        text,
        words,
        frames: 160,
        fps: FPS,
        format: '9:16',
        style,
        language: 'en',
      });
      const ends = pageWords(track).map((list) => list.at(-1)?.text);
      expect(ends).toContain('hearts.');
      expect(ends).toContain('swims.');
    }
  });

  test('are an empty picture for a scene without words', () => {
    const track = planCaptions({
      text: '',
      words: [],
      frames: 30,
      fps: FPS,
      format: '1:1',
      style: 'pop',
      language: null,
    });
    expect(track.pages).toEqual([]);
    expect(track.states).toEqual([
      { fromFrame: 0, toFrame: 30, page: null, word: null, filled: 1 },
    ]);
  });

  test('read from the right in Arabic and Hebrew, Latin names within them from the left', () => {
    const track = planCaptions({
      text: 'مع OpenAI Inc، غدا',
      words: captionWords('مع OpenAI Inc، غدا', 'ar').map((token, i) => ({
        text: token,
        startMs: i * 300,
        endMs: i * 300 + 300,
      })),
      frames: 60,
      fps: FPS,
      format: '16:9',
      style: 'plain',
      language: 'ar',
    });
    const [first, second, third, fourth] = pageWords(track).flat();
    const xs = [first, second, third, fourth].map((w) => w?.box.x ?? 0);
    expect(xs[3]).toBeLessThan(xs[1] ?? 0);
    expect(xs[1]).toBeLessThan(xs[2] ?? 0);
    expect(xs[2]).toBeLessThan(xs[0] ?? 0);
  });
});

describe('a character that no font has', () => {
  const problemOf = (action: () => unknown): unknown => {
    try {
      action();
    } catch (error) {
      return error;
    }
    return null;
  };

  test('is refused before anything is drawn, with its code point', () => {
    const problem = problemOf(() => assertDrawable('fine until \u{12000}', 'pop'));
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ kind: 'invalid', code: 'missing_glyph' });
    expect(String(problem)).toContain('U+12000');
  });

  test('names the package that brings it', () => {
    const problem = problemOf(() => assertDrawable('ಕನ್ನಡ', 'plain', 'kn'));
    expect(problem).toMatchObject({
      action: expect.stringContaining('@expo-google-fonts/noto-sans-kannada'),
    });
  });

  test('stops the plan as well', () => {
    const words = [{ text: 'ಕನ್ನಡ', startMs: 0, endMs: 500 }];
    const plan = { text: 'ಕನ್ನಡ', words, frames: 30, fps: FPS, language: null } as const;
    expect(() => planCaptions({ ...plan, format: '9:16', style: 'pop' })).toThrow(Problem);
  });

  test('is the only thing that any text at all can be refused for', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom('\uD800', '\u200D', '\u0301', 'a\u202Eb', '\u0000', 'x\u0301'.repeat(200)),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom(...CAPTION_STYLES), (text, style) => {
        const words = captionWords(text, null).map((token, i) => ({
          text: token,
          startMs: i * 200,
          endMs: i * 200 + 200,
        }));
        const frames = 15 + words.length * 6;
        const input = { text, words, frames, fps: FPS, format: '9:16', style } as const;
        const plan = () => planCaptions({ ...input, language: null });
        const problem = problemOf(() => assertDrawable(text, style));
        if (problem === null) expect(pageWords(plan()).flat()).toHaveLength(words.length);
        else {
          expect(problem).toMatchObject({ code: 'missing_glyph' });
          expect(plan).toThrow(Problem);
        }
      }),
      { numRuns: 100 },
    );
  });
});
