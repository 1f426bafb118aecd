import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { ObjectRef } from './contract.ts';
import { sha256OfFile } from './file-hash.ts';

/** Stores a copy of a finished file below an account's prefix. */
export type Keep = (
  prefix: string,
  file: string,
  contentType: string,
  signal: AbortSignal,
) => Promise<ObjectRef>;

/** Keys are random: they name nothing and cannot be guessed. */
export function makeKeep(objects: ObjectStore): Keep {
  return async (prefix, file, contentType, signal) => {
    const key = `${prefix}/${randomBytes(16).toString('hex')}`;
    const [sha256, { size }] = await Promise.all([sha256OfFile(file, signal), stat(file)]);
    await objects.putFile(key, file, { contentType, signal });
    return { key, sha256, sizeBytes: size, contentType };
  };
}
