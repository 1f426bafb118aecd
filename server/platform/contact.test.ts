import { expect, test } from 'vitest';
import { contactUri } from './contact.ts';

test.each([
  ['security@example.org', 'mailto:security@example.org'],
  ['mailto:security+clipt@example.org', 'mailto:security+clipt@example.org'],
  ['https://example.org/report', 'https://example.org/report'],
])('%s is reached at %s', (text, uri) => {
  expect(contactUri(text)).toBe(uri);
});

test.each([
  ...[
    '',
    'nobody',
    'a@b',
    'http://example.org',
    'tel:+1-201-555-0123',
    'mailto:',
    'x@y.z\nContact: q',
  ],
  ...['https://example.org/\nExpires: never', 'javascript:alert(1)', 'mailto:a@b.c?cc=d@e.f'],
])('%j is no contact', (text) => {
  expect(contactUri(text)).toBeNull();
});
