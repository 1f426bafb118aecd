const NAMES = new Intl.DisplayNames('en', { type: 'language' });

/** `english` of `en`, as recognisers name a language in their answers. */
export function languageName(code: string | null): string {
  return (NAMES.of(code === null || code === 'auto' ? 'en' : code) ?? 'english').toLowerCase();
}

/** ISO 639-1: two letters that name a language. */
export const isLanguage = (code: string): boolean =>
  /^[a-z]{2}$/.test(code) && NAMES.of(code) !== code;
