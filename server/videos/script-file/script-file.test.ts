import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseScript } from './script-file.ts';
import { writeScript } from './write-script.ts';

const parse = (text: string) => parseScript(text, { fallbackTitle: 'my-file' });
const narrations = (text: string) => parse(text).scenes.map(({ narration }) => narration);

describe('a plain script', () => {
  test('is a scene a paragraph, with title and hints', () => {
    const text =
      '\uFEFF# Three hearts\r\n\r\n[visual: An octopus\r\nover a reef]\r\nThey have three\r\nhearts.\r\n \t\r\nWhy? [Visual: gills]\r\n\r\nThe end.\r\n';
    expect(parse(text)).toEqual({
      title: 'Three hearts',
      scenes: [
        { narration: 'They have three hearts.', visual: 'An octopus over a reef' },
        { narration: 'Why?', visual: 'gills' },
        { narration: 'The end.', visual: null },
      ],
    });
  });

  test('takes a hint that stands alone for the paragraph below it', () => {
    expect(parse('[visual: a reef]\n\nWords.').scenes).toEqual([
      { narration: 'Words.', visual: 'a reef' },
    ]);
  });

  test.each([
    `He said "no": 100% {of} C:\\dir 'x' [aside] %n`,
    'مرحبا بالعالم، كيف الحال؟',
    'नमस्ते दुनिया। यह एक परीक्षा है।',
    'タコには心臓が三つあります。',
    'Family 👨‍👩‍👧‍👦 and flag 🇯🇵!',
    'Go',
    '{curly} words first',
    `${'word '.repeat(59)}word.`,
  ])('keeps %s exactly as written', (text) => expect(narrations(text)).toEqual([text]));

  test('splits a long paragraph at its sentences, not after an abbreviation', () => {
    const sentence =
      'Dr. Smith of the U.S. paid $3.50 for a cup of e.g. coffee at nine in the morning.';
    const scenes = narrations(Array(6).fill(sentence).join(' '));
    expect(scenes.length).toBeGreaterThan(1);
    for (const scene of scenes) expect(scene).toMatch(/^Dr\. .* morning\.$/);
  });

  test('splits text without spaces too', () => {
    const text = 'タコには心臓が三つあります。二つはえらに血液を送ります。'.repeat(12);
    const scenes = narrations(text);
    expect(scenes.length).toBeGreaterThan(2);
    expect(scenes.join('')).toBe(text);
  });

  test('loses and reorders nothing', () => {
    const word = fc.stringMatching(/^[\p{L}\p{N}.,!?%:\\{}"'’—🐙]{1,12}$/u);
    const paragraph = fc.array(word, { minLength: 1, maxLength: 90 });
    fc.assert(
      fc.property(fc.array(paragraph, { minLength: 1, maxLength: 8 }), (paragraphs) => {
        const text = paragraphs.map((words) => words.join(' ')).join('\n\n');
        const all = narrations(text).join(' ').split(/\s+/u).join('');
        expect(all).toBe(paragraphs.flat().join(''));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a JSON script', () => {
  test('is the form the API answers with', () => {
    const script = {
      title: 'T',
      scenes: [{ narration: ' a  b ', visual: 'v' }, { narration: 'c' }],
    };
    expect(parse(JSON.stringify(script))).toEqual({
      title: 'T',
      scenes: [
        { narration: 'a b', visual: 'v' },
        { narration: 'c', visual: null },
      ],
    });
  });

  test.each([
    ['{"title": "x", "scenes": [', 'script_malformed', ''],
    ['{"scenes": [{"narration": 5}]}', 'script_malformed', 'scenes[0].narration'],
    ['{"scenes": []}', 'script_malformed', 'scenes'],
  ])('names the place of a mistake: %s', (text, code, place) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(place) }),
    );
  });
});

describe('what is no script', () => {
  test.each([
    ['', 'script_empty'],
    [' \n\t\r\n', 'script_empty'],
    ['# Only a title', 'script_empty'],
    ['a\n\nb\0c', 'script_not_text'],
    ['x'.repeat(10_000_000), 'script_too_large'],
    ['[visual: never closed\nwords', 'script_visual_unclosed'],
    ['Words.\n\n[visual: left over]', 'script_visual_alone'],
    ['a\n\n'.repeat(101), 'script_too_many_scenes'],
    ['x'.repeat(5_001), 'script_scene_too_long'],
    [`# ${'t'.repeat(201)}\n\nwords`, 'script_title_too_long'],
  ])('%.20s… is refused with the fix', (text, code) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ kind: 'invalid', code, action: expect.stringMatching(/\w+/) }),
    );
  });

  test('any text at all is a script or one clear problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        try {
          for (const { narration } of parse(text).scenes) expect(narration).toMatch(/\S/u);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid' });
        }
      }),
    );
  });
});

test('a script that was written is read back', () => {
  const script = {
    title: 'Three hearts',
    scenes: [
      { narration: 'One [aside].', visual: 'a reef' },
      { narration: 'Two.', visual: null },
    ],
  };
  expect(parse(writeScript(script))).toEqual(script);
});
