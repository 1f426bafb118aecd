/**
 * The typefaces that captions are drawn with, by the script they serve. Those that are not among our own
 * packages serve as soon as they are installed.
 */

/** A typeface: its npm package, the stem of its files, and how its letters compare with Latin ones. */
export type Typeface = {
  readonly package: string;
  readonly stem: string;
  /** Size that looks as large as Montserrat's 1, judged by eye from drawn pages. */
  readonly scale: number;
  /** Height of a line over the text's size. */
  readonly leading: number;
};

export const WEIGHTS = {
  400: 'Regular',
  500: 'Medium',
  600: 'SemiBold',
  700: 'Bold',
  800: 'ExtraBold',
  900: 'Black',
} as const;
export type Weight = keyof typeof WEIGHTS;

const LATIN_LEADING = 1.2;

export const MONTSERRAT = own('montserrat', 'Montserrat', 1, LATIN_LEADING);
export const POPPINS = own('poppins', 'Poppins', 1, LATIN_LEADING);
/** Latin, Greek, Cyrillic and the signs that the display faces lack. */
export const NOTO_SANS = own('noto-sans', 'NotoSans', 1, LATIN_LEADING);
export const EMOJI = own('noto-color-emoji', 'NotoColorEmoji', 0.94, LATIN_LEADING);

function own(name: string, stem: string, scale: number, leading: number): Typeface {
  return { package: `@expo-google-fonts/${name}`, stem, scale, leading };
}

function noto(name: string, stem: string, scale: number, leading: number): Typeface {
  return own(`noto-sans-${name}`, `NotoSans${stem}`, scale, leading);
}

const JAPANESE = noto('jp', 'JP', 0.96, 1.25);
/** Has the arrows, stars and notes that Latin faces lack. */
export const SIGNS = JAPANESE;
const KOREAN = noto('kr', 'KR', 0.96, 1.25);
const SIMPLIFIED = noto('sc', 'SC', 0.96, 1.25);
const TRADITIONAL = noto('tc', 'TC', 0.96, 1.25);

/** Unicode script name → typeface. Han is chosen by language: one character, four customs of drawing it. */
const BY_SCRIPT: readonly (readonly [script: string, typeface: Typeface])[] = [
  // The display faces have an Omega or a mu, which would stand alone among letters of another face.
  ['Greek', NOTO_SANS],
  ['Arabic', noto('arabic', 'Arabic', 1.12, 1.45)],
  ['Hebrew', noto('hebrew', 'Hebrew', 1.06, 1.25)],
  ['Devanagari', noto('devanagari', 'Devanagari', 1.06, 1.4)],
  ['Thai', noto('thai', 'Thai', 1.04, 1.45)],
  ['Hiragana', JAPANESE],
  ['Katakana', JAPANESE],
  ['Hangul', KOREAN],
  ['Bopomofo', TRADITIONAL],
  ['Bengali', noto('bengali', 'Bengali', 1.06, 1.4)],
  ['Tamil', noto('tamil', 'Tamil', 1, 1.4)],
  ['Telugu', noto('telugu', 'Telugu', 1, 1.45)],
  ['Kannada', noto('kannada', 'Kannada', 1, 1.45)],
  ['Malayalam', noto('malayalam', 'Malayalam', 1, 1.4)],
  ['Gujarati', noto('gujarati', 'Gujarati', 1.04, 1.4)],
  ['Gurmukhi', noto('gurmukhi', 'Gurmukhi', 1.04, 1.4)],
  ['Oriya', noto('oriya', 'Oriya', 1.04, 1.4)],
  ['Sinhala', noto('sinhala', 'Sinhala', 1, 1.4)],
  ['Khmer', noto('khmer', 'Khmer', 1, 1.5)],
  ['Lao', noto('lao', 'Lao', 1.04, 1.45)],
  ['Myanmar', noto('myanmar', 'Myanmar', 1, 1.5)],
  ['Georgian', noto('georgian', 'Georgian', 1, LATIN_LEADING)],
  ['Armenian', noto('armenian', 'Armenian', 1, LATIN_LEADING)],
  ['Ethiopic', noto('ethiopic', 'Ethiopic', 1, 1.25)],
];

const SCRIPTS = BY_SCRIPT.map(([script, typeface]) => ({
  typeface,
  pattern: new RegExp(`\\p{Script_Extensions=${script}}`, 'u'),
}));
/** Some signs are shared by Latin and others, such as the middle dot: those stay with the style's face. */
const LATIN = /\p{Script_Extensions=Latin}/u;
const HAN = /\p{Script_Extensions=Han}/u;

/** Typefaces made for a character's script, the best first; none for Latin, Cyrillic and shared signs. */
export function typefacesFor(character: string, language: string | null): readonly Typeface[] {
  if (LATIN.test(character)) return [];
  const found = SCRIPTS.filter(({ pattern }) => pattern.test(character)).map((s) => s.typeface);
  return HAN.test(character) ? [...new Set([...hanTypefaces(language), ...found])] : found;
}

function hanTypefaces(language: string | null): readonly Typeface[] {
  const tag = (language ?? '').toLowerCase();
  if (tag.startsWith('ko')) return [KOREAN, JAPANESE, SIMPLIFIED];
  if (/^(zh|yue|cmn)\b.*\b(hant|tw|hk|mo)\b/.test(tag)) return [TRADITIONAL, JAPANESE, SIMPLIFIED];
  if (/^(zh|yue|cmn)/.test(tag)) return [SIMPLIFIED, JAPANESE, TRADITIONAL];
  return [JAPANESE, SIMPLIFIED, TRADITIONAL, KOREAN];
}

/** Every typeface that a plan can name. */
export const TYPEFACES: readonly Typeface[] = [
  MONTSERRAT,
  POPPINS,
  NOTO_SANS,
  EMOJI,
  SIMPLIFIED,
  ...BY_SCRIPT.map(([, typeface]) => typeface),
];
