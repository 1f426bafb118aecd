import type { SecondFactorRow } from './schema.ts';

const MOST_FAILURES = 10;
const WINDOW_MS = 15 * 60_000;
const LOCK_MS = 15 * 60_000;

/** How it stands with the wrong codes of an account. */
export type Throttle = Pick<SecondFactorRow, 'failedAt' | 'lockedUntil'>;

/** How long no code is taken yet, in milliseconds; 0 when codes are taken. */
export function lockedForMs({ lockedUntil }: Throttle, now: Date): number {
  return Math.max(0, (lockedUntil?.getTime() ?? 0) - now.getTime());
}

/** After one more wrong code: the tenth within 15 minutes locks for 15, and then the count begins anew. */
export function afterFailure({ failedAt }: Throttle, now: Date): Throttle {
  const since = now.getTime() - WINDOW_MS;
  const recent = [...failedAt.filter((at) => at.getTime() > since), now];
  if (recent.length < MOST_FAILURES) return { failedAt: recent, lockedUntil: null };
  return { failedAt: [], lockedUntil: new Date(now.getTime() + LOCK_MS) };
}
