import { createHash } from 'node:crypto';

/** A strong entity tag (RFC 9110 §8.8.3) of a body. */
export function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** True when the `If-None-Match` of a request names this entity. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag);
}

/** The 304 for a client that has this entity already, or null. */
export function notModified(ifNoneMatch: string | undefined, etag: string): Response | null {
  if (!matchesEtag(ifNoneMatch, etag)) return null;
  return new Response(null, { status: 304, headers: { ETag: etag } });
}
