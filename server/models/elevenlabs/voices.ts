import { type Clock, systemClock } from '../../platform/clock.ts';
import type { Egress } from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { Voice } from '../models.ts';
import { isSuccess, readJson } from '../vendor-answer.ts';
import { VendorProblem } from '../vendor-problem.ts';
import { elevenLabsProblem, problemOfAnswer, problemOfFailure } from './errors.ts';
import { type ListedVoice, voicesPage } from './wire.ts';

const FRESH_MS = 10 * 60_000;
/** While the vendor is down, an old list is given for so long before it is asked again. */
const STALE_MS = 60_000;
const PAGE_SIZE = 100;
const MOST_PAGES = 5;
const TIMEOUT_MS = 15_000;
/** A voice with its samples and settings is a few kilobytes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MOST_DESCRIPTION_CHARACTERS = 300;
const MOST_NAME_CHARACTERS = 120;

/**
 * The voices of the account, asked for at most every ten minutes, however many ask; an old list while the vendor
 * cannot be asked. Rejects with a `VendorProblem`; a caller who leaves does not end the asking for others.
 */
export function makeVoices({
  egress,
  model,
  log,
  now = systemClock,
}: {
  readonly egress: Egress;
  readonly model: string;
  readonly log: Log;
  readonly now?: Clock;
}): (signal: AbortSignal) => Promise<readonly Voice[]> {
  let kept: { readonly voices: readonly Voice[]; readonly untilMs: number } | null = null;
  let asking: Promise<readonly Voice[]> | null = null;

  async function refresh(): Promise<readonly Voice[]> {
    try {
      const voices = await askAll(egress, model);
      kept = { voices, untilMs: now().getTime() + FRESH_MS };
      return voices;
    } catch (error) {
      const isDown = error instanceof VendorProblem && error.recovery !== 'fail';
      if (!kept || !isDown) throw error;
      log.warn('voices_are_old', { code: error.code });
      kept = { voices: kept.voices, untilMs: now().getTime() + STALE_MS };
      return kept.voices;
    }
  }

  return async (signal) => {
    signal.throwIfAborted();
    if (kept && now().getTime() < kept.untilMs) return kept.voices;
    asking ??= refresh().finally(() => {
      asking = null;
    });
    return await unlessAborted(asking, signal);
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The pages in order, up to 500 voices. */
async function askAll(egress: Egress, model: string): Promise<readonly Voice[]> {
  const voices = new Map<string, Voice>();
  const call = { signal: AbortSignal.timeout(TIMEOUT_MS * 2), timeoutMs: TIMEOUT_MS };
  let token: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await askPage(egress, token, call);
    for (const voice of answer.voices) voices.set(voice.voice_id, voiceOf(voice, model));
    token = answer.next_page_token ?? null;
    if (!answer.has_more || !token) break;
  }
  return [...voices.values()];
}

async function askPage(
  egress: Egress,
  token: string | null,
  call: { readonly signal: AbortSignal; readonly timeoutMs: number },
) {
  const query: [string, string][] = [['page_size', String(PAGE_SIZE)]];
  if (token !== null) query.push(['next_page_token', token]);
  const answer = await egress
    .send({ method: 'GET', path: '/v2/voices', query }, { ...call, maxBytes: MAX_ANSWER_BYTES })
    .catch((error: unknown) => {
      throw problemOfFailure(error);
    });
  if (!isSuccess(answer)) throw problemOfAnswer(answer);
  const page = voicesPage.safeParse(readJson(answer.bytes));
  if (!page.success) throw elevenLabsProblem('unusable');
  return page.data;
}

/** A voice as users see it. */
export function voiceOf(voice: ListedVoice, model: string): Voice {
  return {
    id: voice.voice_id,
    name: shortened(voice.name, MOST_NAME_CHARACTERS),
    languages: languagesOf(voice, model),
    description: shortened(describe(voice), MOST_DESCRIPTION_CHARACTERS),
    previewUrl: httpsUrl(voice.preview_url ?? null),
  };
}

/** Those verified for the model, else for any model, else the one of its label; most are English voices. */
function languagesOf(
  { verified_languages: verified, labels }: ListedVoice,
  model: string,
): string[] {
  const all = (verified ?? []).flatMap((one) => one ?? []);
  const ours = all.filter((one) => one.model_id === model);
  const tags = (ours.length > 0 ? ours : all).map((one) => one.locale ?? one.language ?? '');
  const label = labels?.['language'];
  const known = [...tags, ...(tags.length === 0 && typeof label === 'string' ? [label] : [])]
    .map(languageTag)
    .filter((tag) => tag !== null);
  return known.length === 0 ? ['en'] : [...new Set(known)];
}

function languageTag(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/** Labels in the order in which people tell a voice; others are left out. */
const TOLD_LABELS = ['age', 'gender', 'accent', 'descriptive', 'description', 'use_case'] as const;

function describe({ description, labels }: ListedVoice): string {
  const told = TOLD_LABELS.map((name) => labels?.[name])
    .filter((label) => typeof label === 'string' && label.trim() !== '')
    .map((label) => String(label).trim().replaceAll('_', ' '));
  return [description?.trim() ?? '', told.join(', ')].filter((part) => part !== '').join(' · ');
}

function shortened(text: string, most: number): string {
  const characters = [...text.replace(/\s+/gu, ' ').trim()];
  return characters.length <= most
    ? characters.join('')
    : `${characters.slice(0, most - 1).join('')}…`;
}

function httpsUrl(url: string | null): string | null {
  return url !== null && URL.canParse(url) && new URL(url).protocol === 'https:' ? url : null;
}
