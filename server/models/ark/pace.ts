/** A calm narrator: 150 words a minute (the usual rate of audio books). */
const WORDS_PER_SECOND = 2.5;
/** Characters a second where words are not set apart: a Han or kana character is about a syllable. */
const CHARACTERS_PER_SECOND: Readonly<Record<string, number>> = {
  zh: 4.5,
  yue: 4.5,
  ja: 6,
  th: 13,
  lo: 13,
  km: 13,
  my: 13,
};
/** How far a script may miss its length: voices differ by more. */
const TOLERANCE = 0.2;
/** A picture that stands longer tires, a shorter one is not understood. */
const SCENE_SECONDS = { shortest: 4, longest: 8 };

/** How much may be said in a film, in the unit that its language is counted in. */
export type Pace = {
  readonly unit: 'words' | 'characters';
  readonly wanted: number;
  readonly fewest: number;
  readonly most: number;
  readonly scenes: { readonly fewest: number; readonly most: number };
};

export function paceOf(seconds: number, language: string): Pace {
  const perSecond = CHARACTERS_PER_SECOND[primaryTag(language)];
  const wanted = Math.round(seconds * (perSecond ?? WORDS_PER_SECOND));
  return {
    unit: perSecond === undefined ? 'words' : 'characters',
    wanted,
    fewest: Math.floor(wanted * (1 - TOLERANCE)),
    most: Math.ceil(wanted * (1 + TOLERANCE)),
    scenes: {
      fewest: Math.max(1, Math.ceil(seconds / SCENE_SECONDS.longest)),
      most: Math.max(2, Math.floor(seconds / SCENE_SECONDS.shortest)),
    },
  };
}

/** How much the narrations say, in the unit of the pace. */
export function lengthOf(narrations: readonly string[], unit: Pace['unit']): number {
  const text = narrations.join(' ');
  const counted = unit === 'words' ? /\S*[\p{L}\p{N}]\S*/gu : /[\p{L}\p{M}\p{N}]/gu;
  return text.match(counted)?.length ?? 0;
}

/** `German (de)`: the name is for the model, the tag settles what the name leaves open. */
export function languageName(language: string): string {
  try {
    return `${new Intl.DisplayNames('en', { type: 'language' }).of(language)} (${language})`;
  } catch {
    return language;
  }
}

const primaryTag = (language: string): string => language.toLowerCase().split(/[-_]/)[0] ?? '';
