/** What a speech model takes and costs (ElevenLabs, models page, 2026-08). */
export type SpeechModelFacts = {
  readonly name: string;
  readonly mostCharacters: number;
  readonly creditsPerCharacter: number;
  readonly takesLanguage: boolean;
  /** The text before and after. */
  readonly stitches: boolean;
  readonly group: 'standard' | 'turbo';
  readonly languages: readonly string[];
};

const MANY = ['en', 'de', 'fr', 'es', 'it', 'pt', 'pl', 'hi', 'ar', 'ja', 'zh', 'ko', 'nl', 'tr'];
const FLASH = { creditsPerCharacter: 0.5, stitches: true, group: 'turbo' } as const;

const SPEECH_MODELS: Readonly<Record<string, SpeechModelFacts>> = {
  eleven_v3: {
    ...{ name: 'Eleven v3', mostCharacters: 5_000, creditsPerCharacter: 1, group: 'standard' },
    ...{ takesLanguage: false, stitches: false, languages: MANY },
  },
  eleven_multilingual_v2: {
    ...{ name: 'Multilingual v2', mostCharacters: 10_000, creditsPerCharacter: 1 },
    ...{ takesLanguage: false, stitches: true, group: 'standard', languages: MANY },
  },
  eleven_flash_v2_5: {
    ...{ name: 'Flash v2.5', mostCharacters: 40_000, takesLanguage: true, languages: MANY },
    ...FLASH,
  },
  eleven_turbo_v2_5: {
    ...{ name: 'Turbo v2.5', mostCharacters: 40_000, takesLanguage: true, languages: MANY },
    ...FLASH,
  },
  eleven_flash_v2: {
    ...{ name: 'Flash v2', mostCharacters: 30_000, takesLanguage: false, languages: ['en'] },
    ...FLASH,
  },
};

export function speechModel(id: string): SpeechModelFacts | null {
  return Object.hasOwn(SPEECH_MODELS, id) ? (SPEECH_MODELS[id] ?? null) : null;
}

export function modelList(): readonly Record<string, unknown>[] {
  return Object.entries(SPEECH_MODELS).map(([id, facts]) => ({
    model_id: id,
    name: facts.name,
    description: `${facts.name}, as a stand-in knows it.`,
    can_be_finetuned: false,
    can_do_text_to_speech: true,
    can_do_voice_conversion: false,
    can_use_style: facts.group === 'standard',
    can_use_speaker_boost: id !== 'eleven_v3',
    serves_pro_voices: false,
    token_cost_factor: facts.creditsPerCharacter,
    requires_alpha_access: false,
    max_characters_request_free_user: 2_500,
    max_characters_request_subscribed_user: 5_000,
    maximum_text_length_per_request: facts.mostCharacters,
    languages: facts.languages.map((language_id) => ({ language_id, name: nameOf(language_id) })),
    model_rates: { character_cost_multiplier: facts.creditsPerCharacter },
    concurrency_group: facts.group,
  }));
}

const NAMES = new Intl.DisplayNames('en', { type: 'language' });
const nameOf = (code: string): string => NAMES.of(code) ?? code;
