import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Problem } from './problem.ts';

/** Settings that hold what others gave us to prove who we are. */
export const CREDENTIALS = [
  ...['ARK_API_KEY', 'ELEVENLABS_API_KEY', 'OPENAI_API_KEY', 'RESEND_API_KEY'],
  ...['AUTH_GOOGLE_SECRET', 'S3_SECRET_ACCESS_KEY', 'SENTRY_DSN', 'POSTHOG_KEY', 'CLIPT_SECRET'],
] as const;

/** A credential is due for another after so many days. */
export const ROTATE_AFTER_DAYS = 90;

const DAY_MS = 86_400_000;
const datesSchema = z.record(z.string(), z.iso.date());

/** When each credential began to be used: its variable, and the day. */
export type RotationDates = Readonly<Record<string, string>>;

/**
 * The dates that the operator keeps beside the credentials, such as `{"ARK_API_KEY": "2026-09-01"}`; none where there is
 * no such file. Rejects with `bad_rotation_file`.
 */
export async function readRotationDates(file: string): Promise<RotationDates> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  const parsed = datesSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Problem({
    kind: 'invalid',
    code: 'bad_rotation_file',
    message: `${file} does not tell days by settings.`,
    action:
      'Write it as {"ARK_API_KEY": "2026-09-01"}, with the day each credential began to be used.',
  });
}

export type CredentialAge = {
  readonly name: string;
  /** Whole days; null where the day is not known. */
  readonly days: number | null;
};

/** How old the credentials are that are set. A day in the future counts as today. */
export function credentialAges(
  used: readonly string[],
  dates: RotationDates,
  now: Date,
): readonly CredentialAge[] {
  return used.map((name) => {
    const since = Date.parse(dates[name] ?? '');
    if (Number.isNaN(since)) return { name, days: null };
    return { name, days: Math.max(0, Math.floor((now.getTime() - since) / DAY_MS)) };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
