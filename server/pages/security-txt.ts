/** How far ahead the file says that it holds: at least half a year, and never a whole one. */
const MONTHS_AHEAD = 7;

export type SecurityTxt = {
  /** A `mailto:` or https URI. */
  readonly contact: string;
  /** Of the installation, without a slash at the end: https. */
  readonly url: string;
  /** The day that the file is served. */
  readonly now: Date;
};

/**
 * `/.well-known/security.txt` (RFC 9116). Nobody has to renew it: it expires on the first day of the seventh month ahead
 * of whoever reads it.
 */
export function securityTxt({ contact, url, now }: SecurityTxt): string {
  const expires = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + MONTHS_AHEAD, 1));
  return [
    `Contact: ${contact}`,
    `Expires: ${expires.toISOString()}`,
    `Acknowledgments: ${url}/security/thanks`,
    'Preferred-Languages: en',
    `Canonical: ${url}/.well-known/security.txt`,
    `Policy: ${url}/security`,
    '',
  ].join('\n');
}
