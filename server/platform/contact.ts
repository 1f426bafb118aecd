/** `name@host`. */
const ADDRESS = /^[^<>@\s:/?#]+@[^<>@\s:/?#]+\.[^<>@\s:/?#]+$/;

/**
 * Where something may be reported, as a URI: an https address as it is, an e-mail address as `mailto:`. Null for a text
 * that is neither.
 */
export function contactUri(text: string): string | null {
  const address = text.replace(/^mailto:/i, '');
  if (ADDRESS.test(address)) return `mailto:${address}`;
  const url = URL.parse(text);
  return url?.protocol === 'https:' && !/\s/.test(text) ? url.href : null;
}
