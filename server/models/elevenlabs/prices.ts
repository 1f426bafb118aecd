import type { Clock } from '../../platform/clock.ts';
import type { Usage } from '../models.ts';
import { capabilitiesOf, countCharacters } from './capabilities.ts';

/** What a credit costs from a day on (`2026-08-01`). Plans differ, so an operator may give a list of their own. */
export type CreditPrice = { readonly from: string; readonly microUsdPerCredit: number };
export type CreditPrices = readonly [CreditPrice, ...CreditPrice[]];

/** Newest last: $0.30 per 1,000 credits, as the smaller plans pay (ElevenLabs price page, 2026-08). */
export const LIST_PRICES: CreditPrices = [{ from: '2026-08-01', microUsdPerCredit: 300 }];

/** The credits that a text takes by the list; the vendor may take fewer. */
export function listedCredits(model: string, text: string): number {
  return Math.ceil(countCharacters(text) * capabilitiesOf(model).creditsPerCharacter);
}

/** What so many credits, which are characters at the list's rate, cost on that day. */
export function speechUsage(
  credits: number,
  reference: string | null,
  { prices, now }: { readonly prices: CreditPrices; readonly now: Clock },
): Usage {
  const day = now().toISOString().slice(0, 10);
  const { microUsdPerCredit } = prices.findLast(({ from }) => from <= day) ?? prices[0];
  return {
    unit: 'characters',
    units: credits,
    costMicroUsd: Math.ceil(credits * microUsdPerCredit),
    reference,
  };
}
