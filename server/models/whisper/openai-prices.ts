import type { Clock } from '../../platform/clock.ts';
import type { Usage } from '../models.ts';

/** `from` is the day the price is known for. */
type Price = { readonly from: string; readonly microUsdPerSecond: number };

/** Newest last: $0.006 a minute (OpenAI price page, whisper-1, 2026-08). */
const PRICES: readonly [Price, ...Price[]] = [{ from: '2026-08-01', microUsdPerSecond: 100 }];

/** What so much sound costs on that day; a part of a second counts as one. */
export function hearingUsage(seconds: number, reference: string | null, now: Clock): Usage {
  const day = now().toISOString().slice(0, 10);
  const { microUsdPerSecond } = PRICES.findLast(({ from }) => from <= day) ?? PRICES[0];
  const units = Math.ceil(seconds);
  return {
    unit: 'seconds',
    units,
    costMicroUsd: Math.ceil(units * microUsdPerSecond),
    reference,
  };
}
