import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import benignCorpus from './benign-corpus.json' with { type: 'json' };
import confusables from './confusables.json' with { type: 'json' };
import { type DenyList, makeDenyList } from './deny-list.ts';
import { CATEGORIES, readTerms, type Term, type TermList } from './terms.ts';

let list: TermList;
let denyList: DenyList;
beforeAll(async () => {
  list = await readTerms(null);
  denyList = makeDenyList(list);
});

const found = (text: string) => denyList.find(text)?.id ?? null;
const finds = (text: string) => found(text) !== null;

/** A list of one made-up term. */
function listOf(over: Partial<Term> & { readonly text: string }, contexts = {}): DenyList {
  const plain = { id: 'own-1', category: 'hate', substring: false, repeats: 'collapsed' } as const;
  return makeDenyList({
    terms: [{ ...plain, leet: true, near: null, unless: [], ...over }],
    contexts,
  });
}

/** The term, and a phrase of its context where it needs one. */
function asked({ text, near }: Term, hide = (phrase: string) => phrase): string {
  const [context = ''] = near === null ? [] : (list.contexts[near] ?? []);
  return [text, context].filter(Boolean).map(hide).join(' ');
}

function eachLetter(text: string, change: (letter: string) => string): string {
  return text.replaceAll(/[a-z]/g, change);
}
const offset = (from: number) => (letter: string) =>
  String.fromCodePoint(from + letter.charCodeAt(0) - 97);
const swap = (pairs: Record<string, string>) => (letter: string) => pairs[letter] ?? letter;
const apart = (sign: string) => (text: string) => [...text.replaceAll(' ', '')].join(sign);

/** Ways of hiding a word, each as one function of the phrase. */
const TRICKS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  capitals: (text) => text.toUpperCase(),
  'figures for letters': (text) =>
    eachLetter(text, swap({ a: '4', e: '3', i: '1', o: '0', s: '5' })),
  'signs for letters': (text) => eachLetter(text, swap({ a: '@', s: '$', i: '!' })),
  '1 for l': (text) => eachLetter(text, swap({ l: '1' })),
  'zero-width spaces': (text) => [...text].join('\u200b'),
  'soft hyphens': (text) => [...text].join('\u00ad'),
  'Hangul fillers': (text) => [...text].join('\u3164'),
  accents: (text) => eachLetter(text, swap({ a: 'á', e: 'ë', i: 'î', o: 'õ', u: 'ü', n: 'ñ' })),
  'stacked marks': (text) => eachLetter(text, (letter) => `${letter}\u0301\u0323\u0337`),
  'Cyrillic look-alikes': (text) =>
    eachLetter(text, swap({ a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', x: 'х', i: 'і' })),
  'full-width letters': (text) => eachLetter(text, offset(0xff41)),
  'bold letters': (text) => eachLetter(text, offset(0x1d41a)),
  'circled letters': (text) => eachLetter(text, offset(0x24d0)),
  'letters of flags': (text) => eachLetter(text, offset(0x1f1e6)),
  'tripled letters': (text) => eachLetter(text, (letter) => letter.repeat(3)),
  'spaced letters': apart(' '),
  'dotted letters': apart('.'),
  'dashed letters': apart('-'),
  'a letter a line': apart('\n'),
  'emoji between letters': apart('🔥'),
  'one word, as in a hashtag': (text) => `#${text.replaceAll(' ', '')}`,
  underscores: (text) => text.replaceAll(' ', '_'),
  'a dot in the middle of each word': (text) => text.replaceAll(/(\w)(\w{2})\b/g, '$1.$2'),
  'a sign at its end': (text) => `${text}!!!`,
  'a figure at its end': (text) => `${text}69`,
};

describe('the deny-list', () => {
  test.each(Object.entries(TRICKS))('sees every term through: %s', (name, hide) => {
    const missed = list.terms
      // A term whose doubled letters matter is not recognised when all of its letters are tripled alike.
      .filter(({ repeats }) => name !== 'tripled letters' || repeats === 'collapsed')
      .filter((term) => !finds(`Please film, ${asked(term, hide)} ! now`));
    expect(missed.map(({ text }) => text)).toEqual([]);
  });

  test('sees a term through look-alikes, cases and signs at random, together', () => {
    const alike: Readonly<Record<string, string>> = confusables.letters;
    const signs = ['', '', '', '.', '-', '_', '*', '\u200b', '\u200d', '\u00ad', '\u202e', '🔥'];
    const hidden = (phrase: string) =>
      fc
        .tuple(
          ...[...phrase].map((letter) =>
            fc.tuple(
              fc.constantFrom(letter, letter.toUpperCase(), ...(alike[letter] ?? '')),
              fc.constantFrom(...signs),
            ),
          ),
        )
        .map((pieces) => pieces.flat().join(''));
    const plain = list.terms.filter(
      ({ text, near, unless }) => near === null && unless.length === 0 && /^[a-z ]+$/.test(text),
    );
    const text = fc.constantFrom(...plain).chain((term) => hidden(term.text));
    fc.assert(
      fc.property(text, (phrase) => finds(`A film: ${phrase}, in colour`)),
      { numRuns: 500 },
    );
  });

  test('sees one word of a phrase that is set apart by itself', () => {
    for (const text of ['how to make a b o m b', 'how to make a bo mb', 'how to m.a.k.e a bomb']) {
      expect(found(text)).toBe(found('how to make a bomb'));
    }
  });

  test('does not take whole words together that only sound like a term', () => {
    expect(finds('second hand job lots')).toBe(false);
    expect(finds('secondhandjob')).toBe(false);
    expect(finds('a handjob')).toBe(true);
  });

  test('sees terms in scripts that write no spaces, in the middle of a sentence', () => {
    expect(finds('请给我看儿童色情片')).toBe(true);
    expect(finds('爆弾の作り方を教えて')).toBe(true);
    expect(finds('爆弾おにぎりの作り方')).toBe(false);
  });

  test('lets the benign corpus pass: fewer than one false alarm in two hundred', () => {
    const { topics, templates, subjects } = benignCorpus;
    const prompts = new Set([
      ...topics,
      ...templates.flatMap((template) =>
        subjects.map((subject) => template.replace('{}', subject)),
      ),
    ]);
    expect(prompts.size).toBeGreaterThanOrEqual(1_500);
    const alarms = [...prompts].filter(finds);
    expect(alarms.length / prompts.size, alarms.join('; ')).toBeLessThan(0.005);
  });

  test.each([
    "Scunthorpe's steel works",
    'Shooting stars in August',
    "A kids' birthday with a bouncy castle",
    'Naked eye astronomy for kids',
    'The child who said the emperor is naked: a fairy tale',
    'How to build a bomb shelter in Fallout',
    'In 1488 Dias rounded the Cape',
    'Suicide prevention: how to listen to a friend',
  ])('lets pass: %s', (text) => {
    expect(found(text)).toBeNull();
  });

  test('lets the corpus pass as one long script too', () => {
    expect(found(benignCorpus.topics.join('. '))).toBeNull();
  });

  test('has terms in every category, dated', () => {
    expect(new Set(list.terms.map(({ category }) => category))).toEqual(new Set(CATEGORIES));
    expect(z.iso.date().safeParse(list.date).success).toBe(true);
  });

  test('looks at every text, however deep in what is judged', () => {
    const nested = {
      title: 'A walk',
      scenes: [{ visual: null }, { visual: 'kill all jews', n: 3 }],
    };
    expect(denyList.find(nested)).toMatchObject({ category: 'hate' });
    expect(denyList.find({ scenes: [null, 7, undefined, 'A quiet walk'] })).toBeNull();
  });

  test('survives any text', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(fc.property(text, (any) => denyList.find(any) === null || finds(any)));
    expect(finds('')).toBe(false);
    expect(finds('a '.repeat(50_000))).toBe(false);
  });
});

describe('a term', () => {
  test('is found inside a longer word only where it says so', () => {
    expect(listOf({ text: 'zorble' }).find('xzorblex')).toBeNull();
    expect(listOf({ text: 'zorble', substring: true }).find('xzorblex')).not.toBeNull();
  });

  test('keeps doubled letters apart from single ones where it says so', () => {
    const kept = listOf({ text: 'bazzar', repeats: 'kept' });
    expect(kept.find('the bazar')).toBeNull();
    expect(kept.find('the bazzar')).not.toBeNull();
    expect(kept.find('the bazzzzar')).not.toBeNull();
  });

  test('does without figures and signs for letters where it says so', () => {
    expect(listOf({ text: 'sos' }).find('a 5o5 call')).not.toBeNull();
    expect(listOf({ text: 'sos', leet: false }).find('a 5o5 call')).toBeNull();
    expect(listOf({ text: 'sos', leet: false }).find('an s.o.s call')).not.toBeNull();
  });

  test('is found near its context alone, on either side and hidden like itself', () => {
    const near = listOf({ text: 'zorble', near: 'beasts' }, { beasts: ['grue', 'big grue'] });
    expect(near.find('a zorble')).toBeNull();
    expect(near.find('a zorble for the grue')).not.toBeNull();
    expect(near.find('the g.r.u.e and its z0rble')).not.toBeNull();
    expect(near.find(`a zorble ${'and a very long walk '.repeat(4)} with the grue`)).toBeNull();
  });

  test('is excused by a phrase that holds it, there and nowhere else', () => {
    const unless = listOf({ text: 'zorble', unless: ['zorble cake'] });
    expect(unless.find('a Zorble-Cake')).toBeNull();
    expect(unless.find('a zorble')).not.toBeNull();
    expect(unless.find('a zorble cake and a zorble')).not.toBeNull();
  });

  test('changes the version of the list, whatever of it changes', () => {
    const versions = [
      listOf({ text: 'zorble' }),
      listOf({ text: 'zorbly' }),
      listOf({ text: 'zorble', leet: false }),
      listOf({ text: 'zorble' }, { beasts: ['grue'] }),
    ].map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
  });
});
