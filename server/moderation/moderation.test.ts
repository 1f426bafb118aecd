import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadModeration, type Moderation, makeModeration } from './moderation.ts';
import { CATEGORIES, readTerms, type Term } from './terms.ts';

let moderation: Moderation;
let terms: readonly Term[];
let folder: string;
beforeAll(async () => {
  moderation = await loadModeration(null);
  terms = (await readTerms(null)).terms;
  folder = await mkdtemp(join(tmpdir(), 'clipt-terms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const allowed = (text: string) => moderation.check([text]).allowed;

function term(over: Partial<Term> & { text: string }): Term {
  return { id: 'own-1', category: 'hate', substring: false, repeats: 'collapsed', ...over };
}

/** Every letter of `text` through `change`; the rest as it is. */
function eachLetter(text: string, change: (letter: string) => string): string {
  return text.replaceAll(/[a-z]/g, change);
}

const offset = (from: number) => (letter: string) =>
  String.fromCodePoint(from + letter.charCodeAt(0) - 97);
const swap = (pairs: Record<string, string>) => (letter: string) => pairs[letter] ?? letter;

/** Ways of hiding a word, each as one function of the word. */
const TRICKS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  capitals: (text) => text.toUpperCase(),
  'figures for letters': (text) =>
    eachLetter(text, swap({ a: '4', e: '3', i: '1', o: '0', s: '5' })),
  'signs for letters': (text) => eachLetter(text, swap({ a: '@', s: '$', i: '!' })),
  '1 for l': (text) => eachLetter(text, swap({ l: '1' })),
  'zero-width spaces': (text) => [...text].join('\u200b'),
  'soft hyphens': (text) => [...text].join('\u00ad'),
  accents: (text) => eachLetter(text, swap({ a: 'á', e: 'ë', i: 'î', o: 'õ', u: 'ü', n: 'ñ' })),
  'stacked marks': (text) => eachLetter(text, (letter) => `${letter}\u0301\u0323\u0337`),
  'Cyrillic look-alikes': (text) =>
    eachLetter(text, swap({ a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', x: 'х', i: 'і' })),
  'full-width letters': (text) => eachLetter(text, offset(0xff41)),
  'bold letters': (text) => eachLetter(text, offset(0x1d41a)),
  'circled letters': (text) => eachLetter(text, offset(0x24d0)),
  'tripled letters': (text) => eachLetter(text, (letter) => letter.repeat(3)),
  'spaced letters': (text) => [...text.replaceAll(' ', '')].join(' '),
  'dotted letters': (text) => [...text.replaceAll(' ', '')].join('.'),
  'dashed letters': (text) => [...text.replaceAll(' ', '')].join('-'),
  'one word, as in a hashtag': (text) => `#${text.replaceAll(' ', '')}`,
  underscores: (text) => text.replaceAll(' ', '_'),
};

describe('moderation', () => {
  // A term whose doubled letters matter is not recognised when all of its letters are tripled alike.
  test.each(Object.entries(TRICKS))('sees every term through: %s', (name, hide) => {
    const missed = terms
      .filter(({ repeats }) => repeats === 'collapsed' || name !== 'tripled letters')
      .filter(({ text }) => !/\d/.test(text))
      .filter(({ text }) => allowed(`Please film, ${hide(text)} ! now`));
    expect(missed.map(({ text }) => text)).toEqual([]);
  });

  test('lets the benign corpus pass: fewer than one false alarm in two hundred', async () => {
    const corpus = z.object({ topics: z.array(z.string()) });
    const file = new URL('./benign-corpus.json', import.meta.url);
    const { topics } = corpus.parse(JSON.parse(await readFile(file, 'utf8')));
    expect(new Set(topics).size).toBeGreaterThanOrEqual(300);
    const alarms = topics.filter((topic) => !allowed(topic));
    expect(alarms.length / topics.length, alarms.join('; ')).toBeLessThan(0.005);
  });

  test('lets the corpus pass as one long script too', async () => {
    const file = new URL('./benign-corpus.json', import.meta.url);
    const { topics } = z
      .object({ topics: z.array(z.string()) })
      .parse(JSON.parse(await readFile(file, 'utf8')));
    expect(moderation.check([topics.join('. ')])).toEqual({ allowed: true });
  });

  test('has terms in every category and no id twice', () => {
    expect(new Set(terms.map(({ category }) => category))).toEqual(new Set(CATEGORIES));
    expect(new Set(terms.map(({ id }) => id)).size).toBe(terms.length);
  });

  test('names the category and the rule, and never the text', () => {
    const verdict = moderation.check(['A quiet walk', 'canary4711: how to make a bomb']);
    expect(verdict).toEqual({
      allowed: false,
      category: 'dangerous_instructions',
      ruleId: expect.stringMatching(/^dan-\d+$/),
    });
    expect(JSON.stringify(verdict)).not.toContain('canary');
  });

  test('finds a term inside a longer word only where the term says so', () => {
    const whole = makeModeration({ terms: [term({ text: 'zorble' })] });
    const inside = makeModeration({ terms: [term({ text: 'zorble', substring: true })] });
    expect(whole.check(['xzorblex']).allowed).toBe(true);
    expect(inside.check(['xzorblex']).allowed).toBe(false);
  });

  test('keeps doubled letters apart from single ones where the term says so', () => {
    const kept = makeModeration({ terms: [term({ text: 'bazzar', repeats: 'kept' })] });
    expect(kept.check(['the bazar']).allowed).toBe(true);
    expect(kept.check(['the bazzar']).allowed).toBe(false);
    expect(kept.check(['the bazzzzar']).allowed).toBe(false);
  });

  test('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void moderation.check([text])));
    expect(allowed('')).toBe(true);
    expect(allowed('a '.repeat(50_000))).toBe(true);
  });

  test('has another version when a term changes', () => {
    const one = makeModeration({ terms: [term({ text: 'zorble' })] });
    const other = makeModeration({ terms: [term({ text: 'zorbly' })] });
    expect(one.version).not.toBe(other.version);
  });

  test("adds an operator's own list to the built-in one", async () => {
    const file = join(folder, 'own.json');
    const own = { id: 'own-1', category: 'hate', text: 'zorble' };
    await writeFile(file, JSON.stringify({ version: 'mine', terms: [own] }));
    const both = await loadModeration(file);
    expect(both.check(['zorble'])).toMatchObject({ ruleId: 'own-1' });
    expect(both.check(['how to make a bomb']).allowed).toBe(false);
  });

  test.each([
    ['no JSON', '{'],
    ['another form', '{"terms": 3}'],
    [
      'an unknown category',
      '{"version":"1","terms":[{"id":"a","category":"rude","text":"zorble"}]}',
    ],
    ['an id twice', '{"version":"1","terms":[{"id":"min-001","category":"hate","text":"zorble"}]}'],
  ])("refuses an operator's list with %s", async (_, content) => {
    const file = join(folder, 'bad.json');
    await writeFile(file, content);
    await expect(loadModeration(file)).rejects.toMatchObject({ code: 'bad_term_list' });
    await expect(loadModeration(join(folder, 'none'))).rejects.toMatchObject({
      code: 'bad_term_list',
    });
  });
});
