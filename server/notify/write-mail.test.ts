import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAIL_KINDS, type MailDetails } from './message.ts';
import { writeMail } from './write-mail.ts';

const URL_OF_US = 'https://clipt.example.org';
const createdAt = new Date('2026-11-24T12:05:40Z');
const details: MailDetails = {
  ...{ device: 'Firefox 145 on Linux', place: '192.0.2.0/24', key: 'clipt_live_0a1b2c3d4e5f' },
  ...{ until: '2026-12-24T12:05:40.000Z', reference: 'imp_0193' },
};
const write = (over: Partial<Parameters<typeof writeMail>[0]> = {}) =>
  writeMail({ kind: 'new_sign_in', details, createdAt, ...over }, URL_OF_US);

/** What a mail program would make a link of. */
const ADDRESS = /(?:https?:|mailto:|www\.|\/\/|[\w-]+\.[a-z]{2,}|\S@\S)[^\s<"]*/gi;

describe('a mail', () => {
  test('says what happened, when, from where, and what to do about it', () => {
    expect(write().text).toBe(`Somebody signed in to your clipt account.

When: 24 November 2026 at 12:05 UTC
Device: Firefox 145 on Linux
Network: 192.0.2.0/24
Key: clipt_live_0a1b2c3d4e5f…
Until: 24 December 2026 at 12:05 UTC
Reference: imp_0193

If it was you, there is nothing to do. If it was not you, end the sessions and revoke the keys that you do not know, and secure the account that you sign in with:

https://clipt.example.org/settings/security

clipt sends such mail when something happens to your account. It holds no picture and no link that tells of you.
`);
  });

  test.each(MAIL_KINDS)(
    'of the kind %s is complete, with a single link and nothing remote',
    (kind) => {
      const { subject, text, html } = write({ kind });
      const link = kind === 'deletion_done' ? `${URL_OF_US}/` : `${URL_OF_US}/settings/security`;
      expect(subject).toMatch(/clipt|Two-factor/);
      expect(text.match(ADDRESS)).toEqual([link]);
      expect(html.match(/(?:href|src|url|style|background)\s*[=(]/gi)).toEqual(['href=']);
      expect(html).toContain(`<a href="${link}">${link}</a>`);
      expect(html).not.toMatch(/<(?:img|script|style|link|iframe|svg|video)/i);
    },
  );

  test('is the same, letter by letter, each time it is written', () => {
    for (const kind of MAIL_KINDS) expect(write({ kind })).toEqual(write({ kind }));
  });

  test('tells only what is known', () => {
    const { text } = write({ details: {} });
    expect(text).toContain('When: ');
    expect(text).not.toMatch(/Device|Network|Key|Until|undefined/);
  });

  test('about access by staff tells when, how long and why', () => {
    const { text } = write({
      kind: 'staff_access',
      details: {
        ...{ since: '2026-11-24T11:40:00Z', lasted: '12 minutes', reference: 'imp_0193' },
        reason: `The film does not load. ${'x'.repeat(300)}`,
      },
    });
    expect(text).toContain('When: 24 November 2026 at 11:40 UTC\nFor: 12 minutes\n');
    expect(text).toContain(`Reason: The film does not load ${'x'.repeat(300)}\n`);
  });

  test.each([
    ['turned_on', 'now needs'],
    ['turned_off', 'no longer needs'],
    ['codes_renewed', 'recovery codes'],
    ['recovery_code_used', 'recovery codes'],
    ['locked', 'ten wrong codes'],
    ['reset', 'signed out everywhere'],
  ] as const)('about a second factor that is %s says so', (change, words) => {
    expect(write({ kind: 'two_factor_changed', details: { change } }).text).toContain(words);
  });

  test('makes no link, line or markup of what a browser tells of itself', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'see https://evil.example/x now',
        'www.evil.example',
        'evil.example.',
        'mail me@evil.example',
        '//evil.example',
        '<img src=x>\r\nBcc: a@b.c',
        '1.evil.com',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (device, place, reason) => {
        const { text, html } = write({ details: { device, place, reason } });
        expect(text.match(ADDRESS)).toEqual([`${URL_OF_US}/settings/security`]);
        expect(text.split('\n')).toHaveLength(
          write({ details: { device: 'a', place: 'b', reason: 'c' } }).text.split('\n').length,
        );
        expect(html.match(/<\/?[a-z]+/gi)).toEqual(
          write({ details: { device: 'a', place: 'b', reason: 'c' } }).html.match(/<\/?[a-z]+/gi),
        );
      }),
      { numRuns: 500 },
    );
  });
});
