/** What a speech model takes, and what a character of text costs with it. */
export type Capabilities = {
  /** In one request. */
  readonly mostCharacters: number;
  readonly creditsPerCharacter: number;
  /** Languages may be set; others refuse the field. */
  readonly takesLanguage: boolean;
  /** The text before and after may be told; `eleven_v3` refuses it. */
  readonly stitches: boolean;
};

const FLASH = { creditsPerCharacter: 0.5, stitches: true } as const;

/** ElevenLabs, models page and captured answers, 2026-08. */
const KNOWN: Readonly<Record<string, Capabilities>> = {
  eleven_v3: {
    mostCharacters: 5_000,
    creditsPerCharacter: 1,
    takesLanguage: false,
    stitches: false,
  },
  eleven_multilingual_v2: {
    mostCharacters: 10_000,
    creditsPerCharacter: 1,
    takesLanguage: false,
    stitches: true,
  },
  eleven_flash_v2_5: { ...FLASH, mostCharacters: 40_000, takesLanguage: true },
  eleven_turbo_v2_5: { ...FLASH, mostCharacters: 40_000, takesLanguage: true },
  eleven_flash_v2: { ...FLASH, mostCharacters: 30_000, takesLanguage: false },
  eleven_turbo_v2: { ...FLASH, mostCharacters: 30_000, takesLanguage: false },
};

/** A model that is not in the table is asked for no more than every model gives. */
const UNKNOWN: Capabilities = {
  mostCharacters: 5_000,
  creditsPerCharacter: 1,
  takesLanguage: false,
  stitches: false,
};

export function capabilitiesOf(model: string): Capabilities {
  return (Object.hasOwn(KNOWN, model) ? KNOWN[model] : undefined) ?? UNKNOWN;
}

/** Characters as the vendor counts them: an emoji is one. */
export const countCharacters = (text: string): number => [...text].length;
