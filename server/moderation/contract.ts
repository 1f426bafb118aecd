import type { ModelCall } from '../models/models.ts';
import type { AccountId } from '../platform/ids.ts';

export type Moderation = {
  /** Changes with the terms and with the way they are looked for. */
  readonly version: string;
  /**
   * Throws `ContentRejected` (`content_rejected`, with the category alone) when a text anywhere in `content` is refused;
   * by then the match is on record: category, rule, account and time, and nothing of the text.
   */
  assertAllowed(accountId: AccountId, content: unknown): Promise<void>;
};

/** A call that says whose texts these are. Moderation alone is told; no model looks at it. */
export type OnBehalf = ModelCall & { readonly accountId: AccountId };
