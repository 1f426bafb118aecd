import type { ByteRange } from './objects.ts';

/**
 * The one range that a GET asks for (RFC 9110 §14.2), or null for the whole. Several ranges, other units and what cannot
 * be read count as none, as does a range of another version (`If-Range`; a date never names one exactly).
 */
export function rangeOf(
  header: (name: string) => string | undefined,
  { sizeBytes, etag }: { readonly sizeBytes: number; readonly etag: string },
): ByteRange | 'unsatisfiable' | null {
  const ifRange = header('if-range');
  if (ifRange !== undefined && ifRange !== etag) return null;
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header('range') ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return null;
  const last = sizeBytes - 1;
  if (from === '') {
    const suffix = Math.min(Number(to), sizeBytes);
    return suffix === 0 ? 'unsatisfiable' : { start: sizeBytes - suffix, end: last };
  }
  const start = Number(from);
  const end = to === '' ? last : Math.min(Number(to), last);
  if (to !== '' && start > Number(to)) return null;
  return start > last ? 'unsatisfiable' : { start, end };
}
