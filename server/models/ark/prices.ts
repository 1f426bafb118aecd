import type { Clock } from '../../platform/clock.ts';
import type { Usage } from '../models.ts';
import { CLIP_SIZE, type Ratio, withoutVersion } from './capabilities.ts';

/** US dollars per million tokens, which is millionths of a dollar per token; `from` is the day it is known for. */
type Dated<Price> = { readonly from: string } & Price;
type VideoPrice = Dated<{ readonly perToken: number }>;
type ChatPrice = Dated<{ readonly perTokenIn: number; readonly perTokenOut: number }>;

/**
 * For 720p, filmed without sound and without a video to begin with. Newest last (ModelArk price page, 2026-07-31;
 * 2.5 as two public clients give it).
 */
const VIDEO_PRICES: Readonly<Record<string, readonly [VideoPrice, ...VideoPrice[]]>> = {
  'dreamina-seedance-2-0': [{ from: '2026-07-31', perToken: 7 }],
  'dreamina-seedance-2-0-fast': [{ from: '2026-07-31', perToken: 5.6 }],
  'dreamina-seedance-2-0-mini': [{ from: '2026-07-31', perToken: 3.5 }],
  'dreamina-seedance-2-5': [{ from: '2026-08-19', perToken: 10.7 }],
  'seedance-1-5-pro': [{ from: '2026-07-31', perToken: 1.2 }],
  'seedance-1-0-pro': [{ from: '2026-07-31', perToken: 2.5 }],
  'seedance-1-0-pro-fast': [{ from: '2026-07-31', perToken: 1 }],
};
/** Of a model that is not in the table. */
const VIDEO_PRICE: readonly [VideoPrice] = [{ from: '2026-07-31', perToken: 7 }];

/** For prompts of up to 128,000 tokens, which ours never reach. Newest last (ModelArk price page, 2026-07-31). */
const CHAT_PRICES: Readonly<Record<string, readonly [ChatPrice, ...ChatPrice[]]>> = {
  'seed-1-6': [{ from: '2026-07-31', perTokenIn: 0.25, perTokenOut: 2 }],
  'seed-1-8': [{ from: '2026-07-31', perTokenIn: 0.25, perTokenOut: 2 }],
  'seed-1-6-flash': [{ from: '2026-07-31', perTokenIn: 0.075, perTokenOut: 0.3 }],
};
/** Of a model that is not in the table: the dearest tariff that is known. */
const CHAT_PRICE: readonly [ChatPrice] = [{ from: '2026-07-31', perTokenIn: 0.5, perTokenOut: 4 }];

/** What so many tokens of film cost on that day. */
export function videoUsage(
  model: string,
  tokens: number,
  reference: string | null,
  now: Clock,
): Usage {
  const { perToken } = onDay(VIDEO_PRICES[withoutVersion(model)] ?? VIDEO_PRICE, now());
  return { unit: 'tokens', units: tokens, costMicroUsd: Math.ceil(tokens * perToken), reference };
}

/** Tokens of a clip of so many seconds: the formula gives every observed bill to the token (24 frames a second). */
export function clipTokens(ratio: Ratio, seconds: number): number {
  const { width, height } = CLIP_SIZE[ratio];
  return Math.ceil((width * height * (24 * seconds + 1)) / 1024);
}

export function chatUsage(
  model: string,
  tokens: { readonly prompt: number; readonly completion: number },
  reference: string | null,
  now: Clock,
): Usage {
  const price = onDay(CHAT_PRICES[withoutVersion(model)] ?? CHAT_PRICE, now());
  const cost = tokens.prompt * price.perTokenIn + tokens.completion * price.perTokenOut;
  return {
    unit: 'tokens',
    units: tokens.prompt + tokens.completion,
    costMicroUsd: Math.ceil(cost),
    reference,
  };
}

/** The price of the day; before the first known day, the first. */
function onDay<P extends Dated<unknown>>(prices: readonly [P, ...P[]], now: Date): P {
  const day = now.toISOString().slice(0, 10);
  return prices.findLast(({ from }) => from <= day) ?? prices[0];
}
