import { createHash } from 'node:crypto';

/** One row of the chain, as the hash covers it. */
export type Link = {
  readonly seq: number;
  /** When it was written: RFC 3339 in UTC, with milliseconds. */
  readonly at: string;
  /** Canonical JSON, as stored. */
  readonly entry: string;
};

/**
 * The hash of a row: SHA-256 over the 32 bytes of the hash before and the row as canonical JSON. `audit.link()` in
 * the database reckons the same.
 */
export function linkHash(previous: Uint8Array, { seq, at, entry }: Link): Buffer {
  const row = `{"at":"${at}","entry":${entry},"seq":${seq}}`;
  return createHash('sha256').update(previous).update(row).digest();
}
