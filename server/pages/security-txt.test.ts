import fc from 'fast-check';
import { expect, test } from 'vitest';
import { securityTxt } from './security-txt.ts';

const DAY_MS = 86_400_000;
const url = 'https://clipt.example';
const contact = 'mailto:security@clipt.example';

function fieldsOn(now: Date): ReadonlyMap<string, string> {
  const text = securityTxt({ contact, url, now });
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.trimEnd().split('\n');
  const fields = lines.map((line) => /^([A-Z][A-Za-z-]+): (\S.*)$/.exec(line)?.slice(1) ?? []);
  const named = new Map(fields.map(([name = '', value = '']) => [name, value]));
  // No field of ours may be there twice.
  expect(named.size).toBe(lines.length);
  return named;
}

test('every field that a reporter looks for is there, once', () => {
  expect(Object.fromEntries(fieldsOn(new Date('2026-11-26T09:30:00Z')))).toEqual({
    Contact: contact,
    Expires: '2027-06-01T00:00:00.000Z',
    Acknowledgments: `${url}/security/thanks`,
    'Preferred-Languages': 'en',
    Canonical: `${url}/.well-known/security.txt`,
    Policy: `${url}/security`,
  });
});

test('whenever it is read, it expires in no less than a month and in less than a year', () => {
  const years = { min: new Date('2024-01-01T00:00:00Z'), max: new Date('2040-12-31T23:59:59Z') };
  const holdsFor = (now: Date) => Date.parse(fieldsOn(now).get('Expires') ?? '') - now.getTime();
  const holds = (now: Date) => {
    expect(holdsFor(now)).toBeGreaterThan(30 * DAY_MS);
    expect(holdsFor(now)).toBeLessThan(365 * DAY_MS);
  };
  for (let day = 0; day < 366; day += 1) holds(new Date(Date.UTC(2028, 0, 1 + day, 23, 59, 59)));
  fc.assert(fc.property(fc.date({ ...years, noInvalidDate: true }), holds));
});
