import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDenyList } from './deny-list.ts';
import { readTerms } from './terms.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-terms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: string): Promise<string> {
  const file = join(folder, 'own.json');
  await writeFile(file, content);
  return file;
}

const own = (...terms: readonly string[]) =>
  `{\n  "version": "mine",\n  "date": "2026-11-20",\n  "terms": [\n    ${terms.join(',\n    ')}\n  ]\n}\n`;

describe("an operator's own list", () => {
  test('is added to the built-in one, whose contexts it may use', async () => {
    const zorble = '{ "id": "own-1", "category": "hate", "text": "zorble" }';
    const grue = '{ "id": "own-2", "category": "minors", "text": "grue", "near": "children" }';
    const file = await fileOf(own(zorble, grue));
    const both = await loadDenyList(file);
    expect(both.find('zorble')).toMatchObject({ id: 'own-1' });
    expect(both.find('a grue')).toBeNull();
    expect(both.find('a grue with children')).toMatchObject({ id: 'own-2' });
    expect(both.find('how to make a bomb')).not.toBeNull();
    const { version } = await readTerms(null);
    expect(await readTerms(file)).toMatchObject({ version: `${version}+mine`, date: '2026-11-20' });
  });

  const good = '{ "id": "own-1", "category": "hate", "text": "zorble" }';
  test.each([
    ['no JSON', own(good, '{ "id": own'), 'line 6: it is not JSON'],
    ['half of a JSON text', own(good).slice(0, -6), 'is not JSON'],
    [
      'another form',
      '{\n  "version": "1", "date": "2026-11-20",\n  "terms": 3\n}',
      'line 3: terms',
    ],
    ['a field that is missing', '{ "version": "1", "terms": [] }', 'line 1: date'],
    [
      'an unknown category',
      own(good, '{ "id": "own-2",\n      "category": "rude", "text": "zorbly" }'),
      'line 7: terms.1.category',
    ],
    [
      'an unknown flag',
      own('{ "id": "a", "category": "hate", "text": "zorble", "x": 1 }'),
      'line 5',
    ],
    ['an id twice', own(good, good), 'line 6: the id own-1'],
    ['an id of the built-in list', own(good.replace('own-1', 'min-001')), 'line 5: the id min-001'],
    [
      'a context that is nowhere',
      own(good, '{ "id": "own-2", "category": "hate", "text": "zorbly", "near": "grues" }'),
      'line 6: there is no context grues',
    ],
    [
      'a context of the built-in list',
      '{ "version": "1", "date": "2026-11-20",\n "contexts": { "x": ["grue"],\n "children": ["grue"] }, "terms": [] }',
      'line 3: the context children',
    ],
  ])('is refused with the line and the fix for %s', async (_, content, message) => {
    await expect(readTerms(await fileOf(content))).rejects.toMatchObject({
      code: 'bad_term_list',
      message: expect.stringContaining(message),
      action: expect.stringMatching(/^(?:Correct|Look for|Give|Add).*CLIPT_MODERATION_TERMS/),
    });
  });

  test('is refused where the file is not there', async () => {
    await expect(readTerms(join(folder, 'none'))).rejects.toMatchObject({
      code: 'bad_term_list',
      message: expect.stringContaining('cannot be read'),
    });
  });
});
