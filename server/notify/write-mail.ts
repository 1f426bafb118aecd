import type { MailDetails, MailKind } from './message.ts';
import { wordingOf } from './wording.ts';

/** A mail as its reader gets it, in two forms that say the same. */
export type WrittenMail = {
  readonly subject: string;
  readonly text: string;
  /** Without pictures, styles and scripts; its one link is that of the text. */
  readonly html: string;
};

const WHEN = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'long', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
});
const MOST_CHARS = 120;
const MOST_REASON_CHARS = 500;
const CLOSING =
  'clipt sends such mail when something happens to your account. It holds no picture and no link that tells of you.';

/**
 * The mail: what happened, when, from where, and what to do if it was somebody else. The same row gives the same mail,
 * letter by letter, so that a repeat is known as one. `url` is where people reach this installation, without a slash at
 * the end.
 */
export function writeMail(
  mail: { readonly kind: MailKind; readonly details: MailDetails; readonly createdAt: Date },
  url: string,
): WrittenMail {
  const { subject, happened, advice, path } = wordingOf(mail.kind, mail.details);
  const facts = factsOf(mail.createdAt, mail.details);
  const link = url + path;
  const listed = facts.map(([name, value]) => `${name}: ${value}`);
  return {
    subject,
    text: [happened, listed.join('\n'), advice, link, CLOSING].join('\n\n').concat('\n'),
    html: [
      '<!doctype html><html lang="en"><body>',
      paragraph(escaped(happened)),
      paragraph(listed.map(escaped).join('<br>')),
      paragraph(escaped(advice)),
      paragraph(`<a href="${escaped(link)}">${escaped(link)}</a>`),
      paragraph(escaped(CLOSING)),
      '</body></html>',
    ].join('\n'),
  };
}

function factsOf(at: Date, details: MailDetails): readonly (readonly [string, string])[] {
  const { device, place, key, until, since, lasted, reason, reference } = details;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['When', time(since === undefined ? at : new Date(since))],
    ['For', told(lasted)],
    ['Reason', reason === undefined ? undefined : harmless(reason, MOST_REASON_CHARS)],
    ['Device', told(device)],
    ['Network', told(place)],
    ['Key', key === undefined ? undefined : `${harmless(key)}…`],
    ['Until', until === undefined ? undefined : time(new Date(until))],
    ['Reference', told(reference)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

const told = (text: string | undefined) => (text === undefined ? undefined : harmless(text));

const time = (at: Date): string => `${WHEN.format(at)} UTC`;

/** An address range, such as `2001:db8::/64`. */
const NETWORK = /^[\da-f:.]+\/\d+$/;

/**
 * Browsers tell what device they are, and anybody can tell anything: what is left is one short line in which no mail
 * program finds an address to link.
 */
function harmless(text: string, most = MOST_CHARS): string {
  if (NETWORK.test(text)) return text;
  return text
    .replaceAll(/[^\p{L}\p{N} ,./()_…-]/gu, ' ')
    .replaceAll(/\.(?!\p{N})|\/(?=\/)/gu, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
    .slice(0, most);
}

const paragraph = (inner: string): string => `<p>${inner}</p>`;

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
