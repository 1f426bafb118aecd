import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePager, pageQuery } from './pages.ts';

const OLD = 'an old secret';
const NEW = 'a new secret';
const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const idOf = ({ id }: { id: string }) => id;

function cursorTo(id: string, list = 'videos', secrets: readonly string[] = [NEW, OLD]): string {
  const page = makePager(secrets).answer(rows(id, 'one-more'), 1, list, idOf, idOf);
  return page.next_cursor ?? '';
}

describe('a page', () => {
  test('shows as many as were asked for and says whether there are more', () => {
    const pager = makePager([NEW]);
    expect(pager.answer(rows('c', 'b', 'a'), 2, 'videos', idOf, idOf)).toEqual({
      data: ['c', 'b'],
      next_cursor: expect.any(String),
      has_more: true,
    });
    const last = { data: ['c', 'b'], next_cursor: null, has_more: false };
    expect(pager.answer(rows('c', 'b'), 2, 'videos', idOf, idOf)).toEqual(last);
    expect(pager.answer([], 2, 'videos', idOf, idOf)).toMatchObject({ data: [], has_more: false });
  });

  test.each([0, 101, 1.5, 'x'])('has no limit of %s', (limit) => {
    expect(pageQuery.safeParse({ limit }).success).toBe(false);
  });

  test('has twenty items unless told otherwise', () => {
    expect(pageQuery.parse({})).toEqual({ limit: 20 });
    expect(pageQuery.parse({ limit: '100' })).toEqual({ limit: 100 });
  });
});

describe('a cursor', () => {
  test('leads on from the last id shown, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        fc.pre(!id.includes('\n') && id.isWellFormed());
        expect(makePager([NEW]).read(cursorTo(id), 'videos')).toBe(id);
      }),
    );
  });

  test('is good in its own list alone', () => {
    expect(() => makePager([NEW]).read(cursorTo('vid_1'), 'events')).toThrow(
      'not one of this list',
    );
  });

  test('is signed with the first secret and good under all', () => {
    expect(makePager([NEW, OLD]).read(cursorTo('vid_1', 'videos', [OLD]), 'videos')).toBe('vid_1');
    expect(() => makePager([OLD]).read(cursorTo('vid_1'), 'videos')).toThrow();
    expect(() => makePager([])).toThrow('none');
  });

  test('is refused when any one letter is changed, added or taken away', () => {
    const cursor = cursorTo('vid_0123456789abcdef');
    const refused = (text: string) =>
      expect(() => makePager([NEW, OLD]).read(text, 'videos')).toThrow(
        expect.objectContaining({ code: 'invalid_cursor', status: 400 }),
      );
    const position = fc.integer({ min: 0, max: cursor.length - 1 });
    fc.assert(
      fc.property(position, fc.constantFrom(...'abzAZ09-_.= é'), (i, letter) => {
        fc.pre(cursor[i] !== letter);
        refused(cursor.slice(0, i) + letter + cursor.slice(i + 1));
        refused(cursor.slice(0, i) + letter + cursor.slice(i));
        refused(cursor.slice(0, i) + cursor.slice(i + 1));
      }),
    );
  });

  test('is refused whatever else it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => makePager([NEW]).read(text, 'videos')).toThrow('not one of this list');
      }),
    );
  });
});
