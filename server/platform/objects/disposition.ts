/** Longer names are cut: a header must stay a line, and file systems take 255 bytes. */
const MAX_NAME_CHARS = 120;

/**
 * A `Content-Disposition` that saves a download under `name`, whatever characters it holds: an ASCII
 * name for old readers and the true one for all others (RFC 6266 §4.3, RFC 8187 §3.2).
 */
export function attachmentNamed(name: string): string {
  // Separators and controls could lead out of the reader's folder or out of the header.
  const safe =
    [...name.replaceAll(/[\p{C}/\\:*?"<>|]+/gu, '-')].slice(0, MAX_NAME_CHARS).join('') || 'file';
  const ascii = safe.replaceAll(/[^\x20-\x7e]|[%;]/g, '_');
  const encoded = encodeURIComponent(safe).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
