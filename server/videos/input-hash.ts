import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { objectRefSchema } from './contract.ts';

/**
 * SHA-256 over canonical JSON (RFC 8785) of a step's whole input. A stored object counts by its
 * content alone: the same bytes under another key are the same input.
 */
export function inputHash(kind: string, version: number, input: unknown): string {
  const text = canonicalize({ kind, version, input: byContent(input) });
  if (text === undefined) throw new TypeError(`The input of a ${kind} step is not JSON.`);
  return createHash('sha256').update(text).digest('hex');
}

function byContent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byContent);
  if (typeof value !== 'object' || value === null) return value;
  const object = objectRefSchema.safeParse(value);
  if (object.success) return { sha256: object.data.sha256 };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, byContent(part)]));
}
