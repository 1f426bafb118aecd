import { expect, test } from 'vitest';
import { parseThanks, readThanks, thanksPage } from './thanks.ts';

const entry = { name: 'A <b>', date: '2026-11-01', what: 'Found a & b.' };

test('the data file has the form that the page needs', () => {
  expect(() => readThanks()).not.toThrow();
});

test.each([
  { ...entry, link: 'http://example.org' },
  { ...entry, link: 'javascript:alert(1)' },
  { ...entry, date: '1 November' },
  { ...entry, name: '' },
  { ...entry, mail: 'a@example.org' },
])('%j is refused', (bad) => {
  expect(() => parseThanks([bad])).toThrow();
});

test('people are named newest first, in text that cannot become markup', () => {
  const page = thanksPage(
    parseThanks([
      entry,
      { ...entry, name: 'Later', date: '2026-12-01', link: 'https://example.org/' },
    ]),
  );
  expect(page).toContain('A &lt;b&gt;');
  expect(page).toContain('Found a &amp; b.');
  expect(page).toContain('<a href="https://example.org/" rel="noopener nofollow">Later</a>');
  expect(page.indexOf('Later')).toBeLessThan(page.indexOf('A &lt;b&gt;'));
});

test('where nobody is to be thanked yet, the page says so', () => {
  expect(thanksPage([])).toContain('Nobody has reported a fault yet.');
});
