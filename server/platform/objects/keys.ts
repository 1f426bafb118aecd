import { BadObjectKey } from './errors.ts';

/** As S3 limits a key to 1,024 bytes and a file system a name to 255, both with room to spare. */
const MAX_KEY_CHARS = 512;
const MAX_PART_CHARS = 200;

/** The parts of a key; throws `BadObjectKey` for anything that is not plain parts, such as `../x`. */
export function keyParts(key: string): string[] {
  const parts = key.split('/');
  if (key.length > MAX_KEY_CHARS || !parts.every(isPlainPart)) throw new BadObjectKey();
  return parts;
}

/** The parts of a prefix: nothing for all, else whole parts with a slash after each. */
export function prefixParts(prefix: string): string[] {
  if (prefix === '') return [];
  if (!prefix.endsWith('/')) throw new BadObjectKey();
  return keyParts(prefix.slice(0, -1));
}

function isPlainPart(part: string): boolean {
  return (
    part.length <= MAX_PART_CHARS && /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..'
  );
}
