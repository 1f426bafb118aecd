import { z } from 'zod';
import { Refused } from '../route.ts';

type StandInVoice = {
  readonly id: string;
  readonly name: string;
  readonly gender: 'female' | 'male';
  readonly age: string;
  readonly accent: string;
  readonly useCase: string;
  readonly languages: readonly string[];
};

const voice = (
  id: string,
  name: string,
  gender: 'female' | 'male',
  accent: string,
  languages: readonly string[] = ['en'],
): StandInVoice => ({
  ...{ id, name, gender, accent, languages },
  age: name.length % 2 === 0 ? 'young' : 'middle_aged',
  useCase: 'narrative_story',
});

/** Premade voices that every account has, by the vendor's own ids. */
const VOICES: readonly StandInVoice[] = [
  voice('21m00Tcm4TlvDq8ikWAM', 'Rachel', 'female', 'american', ['en', 'de', 'es']),
  voice('EXAVITQu4vr4xnSDxMaL', 'Sarah', 'female', 'american', ['en', 'fr']),
  voice('JBFqnCBsd6RMkjVDRZzb', 'George', 'male', 'british', ['en', 'ja']),
  voice('TX3LPaxmHKxFdv7VOQHJ', 'Liam', 'male', 'american', ['en', 'pl']),
  voice('XB0fDUnXU5powFXDhCwa', 'Charlotte', 'female', 'swedish', ['en', 'sv']),
  voice('onwK4e9ZLuTAKqWW03F9', 'Daniel', 'male', 'british'),
  voice('pNInz6obpgDQGcFmaJgB', 'Adam', 'male', 'american', ['en', 'de']),
  voice('nPczCjzI2devNBz1zQrb', 'Brian', 'male', 'american'),
  voice('cgSgspJ2msm6clMCkdW9', 'Jessica', 'female', 'american', ['en', 'hi']),
  voice('FGY2WhTYpPnrIDTdsKH5', 'Laura', 'female', 'american'),
  voice('IKne3meq5aSn9XLyUdCD', 'Charlie', 'male', 'australian'),
  voice('Xb7hH8MSUJpSbSDYk0k2', 'Alice', 'female', 'british', ['en', 'it']),
];

export const findVoice = (id: string): StandInVoice | null =>
  VOICES.find((one) => one.id === id) ?? null;

export const voiceSettings = () => ({
  ...{ stability: 0.5, similarity_boost: 0.75, style: 0 },
  ...{ use_speaker_boost: true, speed: 1 },
});

export function voiceView(one: StandInVoice): Record<string, unknown> {
  const preview_url = `https://files.example/voices/${one.id}.mp3`;
  return {
    ...{ voice_id: one.id, name: one.name, category: 'premade', preview_url },
    description: `${one.name} speaks as a stand-in does.`,
    labels: {
      ...{ accent: one.accent, age: one.age, gender: one.gender },
      ...{ use_case: one.useCase, language: 'en' },
    },
    ...{ samples: null, available_for_tiers: [], settings: null, sharing: null },
    high_quality_base_model_ids: ['eleven_multilingual_v2', 'eleven_flash_v2_5'],
    verified_languages: one.languages.map((language) => ({
      ...{ language, model_id: 'eleven_multilingual_v2', accent: one.accent },
      ...{ locale: null, preview_url },
    })),
    ...{ is_owner: false, is_legacy: false, is_mixed: false, created_at_unix: null },
  };
}

export const allVoices = (): readonly Record<string, unknown>[] => VOICES.map(voiceView);

const pageSize = z.coerce.number().int().min(1).max(100);
const USUAL_PAGE_SIZE = 10;
const flag = z.enum(['true', 'false']);

/** A page of the voices that the query asks for. Throws `Refused` for a query the vendor would not take. */
export function voicesPage(query: URLSearchParams): Record<string, unknown> {
  const size = pageSize.safeParse(query.get('page_size') ?? USUAL_PAGE_SIZE);
  if (!size.success) throw unreadable('page_size', 'Input should be from 1 to 100');
  const isCounted = flag.safeParse(query.get('include_total_count') ?? 'true');
  if (!isCounted.success) throw unreadable('include_total_count', 'Input should be a boolean');
  const search = query.get('search')?.toLowerCase() ?? '';
  const ids = query.getAll('voice_ids');
  const category = query.get('category');
  const found = VOICES.filter(
    (one) =>
      `${one.name} ${one.accent} ${one.gender}`.toLowerCase().includes(search) &&
      (ids.length === 0 || ids.includes(one.id)) &&
      (category === null || category === 'premade'),
  );
  const from = startOf(query.get('next_page_token'));
  const end = from + size.data;
  const has_more = end < found.length;
  return {
    voices: sorted(found, query).slice(from, end).map(voiceView),
    ...{ has_more, total_count: found.length },
    next_page_token: has_more ? Buffer.from(`from:${end}`).toString('base64url') : null,
  };
}

function sorted(voices: readonly StandInVoice[], query: URLSearchParams): readonly StandInVoice[] {
  if (query.get('sort') !== 'name') return voices;
  const order = query.get('sort_direction') === 'desc' ? -1 : 1;
  return [...voices].sort((one, other) => order * one.name.localeCompare(other.name));
}

function startOf(token: string | null): number {
  if (token === null) return 0;
  const [, from] = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (from === undefined) {
    throw new Refused(400, 'invalid_parameters', 'The page token is not known.', 'next_page_token');
  }
  return Number(from);
}

const unreadable = (name: string, message: string) =>
  new Refused(422, 'value_error', message, name);
