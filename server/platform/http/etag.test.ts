import { expect, test } from 'vitest';
import { etagOf, matchesEtag, notModified } from './etag.ts';

const etag = etagOf('{"id":"vid_1"}');

test('the tag is strong, quoted, and another for another body', () => {
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  expect(etagOf('{"id":"vid_2"}')).not.toBe(etag);
});

test.each([
  [etag, true],
  [`W/${etag}`, true],
  [`"other", ${etag}`, true],
  ['*', true],
  ['"other"', false],
  [etag.slice(1, -1), false],
  ['', false],
  [undefined, false],
])('If-None-Match %s is a match: %s', (given, is) => {
  expect(matchesEtag(given, etag)).toBe(is);
});

test('who has the body already gets a 304 with the tag and no body', async () => {
  const answer = notModified(etag, etag);
  expect(answer?.status).toBe(304);
  expect(answer?.headers.get('etag')).toBe(etag);
  expect(await answer?.text()).toBe('');
  expect(notModified('"other"', etag)).toBeNull();
});
