import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'clipt_live_';
const ID_CHARS = 12;
const SECRET_CHARS = 32;
const CHECK_CHARS = 6;
const FORM = new RegExp(
  `^${PREFIX}[0-9A-Za-z]{${ID_CHARS}}_[0-9A-Za-z]{${SECRET_CHARS + CHECK_CHARS}}$`,
);

export type NewKey = { readonly text: string; readonly publicId: string; readonly hash: Buffer };

/** What a key shows of itself, and the hash that it is known by. */
export type ParsedKey = { readonly publicId: string; readonly hash: Buffer };

/**
 * A new API key: `clipt_live_`, 12 characters that name it, `_`, 32 that are secret (190 bits), and 6 that let a
 * typing error be told without asking anybody (CRC-32 of all before, as GitHub's tokens have it). Every character
 * has the same chance: `randomInt` throws away what would make some likelier.
 */
export function makeKey(): NewKey {
  const publicId = randomText(ID_CHARS);
  const head = `${PREFIX}${publicId}_${randomText(SECRET_CHARS)}`;
  const text = head + checkOf(head);
  return { text, publicId, hash: hashOfKey(text) };
}

/** The parts of a key that looks right; null for anything else. */
export function parseKey(text: string): ParsedKey | null {
  if (!FORM.test(text)) return null;
  const head = text.slice(0, -CHECK_CHARS);
  if (checkOf(head) !== text.slice(-CHECK_CHARS)) return null;
  const publicId = text.slice(PREFIX.length, PREFIX.length + ID_CHARS);
  return { publicId, hash: hashOfKey(text) };
}

/** True for text that has a key in it, wherever it came from. */
export function holdsKey(text: string): boolean {
  return text.includes(PREFIX);
}

function hashOfKey(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function randomText(chars: number): string {
  return Array.from({ length: chars }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

function checkOf(head: string): string {
  let rest = crc32(head);
  let text = '';
  for (let place = 0; place < CHECK_CHARS; place += 1) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
