import type { ObjectStore } from '../platform/objects/objects.ts';

/** The newest row of the chain as it once was, kept where the database has no say. */
export type Anchor = {
  readonly seq: number;
  /** When that row was written. */
  readonly at: Date;
  /** Hex. */
  readonly hash: string;
};

const PREFIX = 'audit/';
const SEQ_DIGITS = 16;
const KEY =
  /^audit\/(\d{16})-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})([\d.]{6}Z)-([0-9a-f]{64})\.json$/;

/**
 * Everything is in the name, so one listing tells all anchors, in the order of their rows; and since the hash is in
 * it, no anchor can take the place of another.
 */
export function anchorKey({ seq, at, hash }: Anchor): string {
  const number = String(seq).padStart(SEQ_DIGITS, '0');
  return `${PREFIX}${number}-${at.toISOString().replace(/[-:]/g, '')}-${hash}.json`;
}

/** Null for a name that is no anchor's. */
export function parseAnchorKey(key: string): Anchor | null {
  const [, seq, year, month, day, hour, minute, second, hash] = KEY.exec(key) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  if (hash === undefined || Number.isNaN(at.getTime())) return null;
  return { seq: Number(seq), at, hash };
}

/** All anchors, in the order of their rows. */
export async function listAnchors(objects: ObjectStore): Promise<readonly Anchor[]> {
  const anchors: Anchor[] = [];
  for await (const { key } of objects.list(PREFIX)) {
    const anchor = parseAnchorKey(key);
    if (anchor) anchors.push(anchor);
  }
  return anchors.sort((a, b) => a.seq - b.seq);
}

export async function putAnchor(objects: ObjectStore, anchor: Anchor): Promise<void> {
  const { seq, at, hash } = anchor;
  const body = Buffer.from(`${JSON.stringify({ seq, at, hash })}\n`);
  await objects.put(anchorKey(anchor), body, { contentType: 'application/json' });
}
