import { randomUUID } from 'node:crypto';
import type { Idea, Script, ScriptBrief } from '../models/models.ts';
import type { Moderated, Moderation, OnBehalf } from '../moderation/moderation.ts';
import type { AccountId } from '../platform/ids.ts';
import type { WithLane } from '../platform/permits/permits.ts';
import type { Database } from '../platform/postgres/database.ts';
import { makeBuy, type Purchase } from '../purchases/purchases.ts';

export type StudioDeps = {
  readonly db: Database;
  readonly text: Moderated['text'];
  readonly moderation: Moderation;
  readonly withLane: WithLane;
};

/** About as long as an idea or a prompt is, for what it costs. */
const SHORT_SECONDS = 15;

/** What a chat model helps with before there is a video. Nothing is filmed and nothing but the purchase is kept. */
export function makeStudio({ db, text, moderation, withLane }: StudioDeps) {
  const buy = makeBuy(db);

  return {
    async ideas(
      accountId: AccountId,
      input: { readonly topic: string; readonly count: number; readonly language: string },
      signal: AbortSignal,
    ): Promise<readonly Idea[]> {
      await moderation.assertAllowed(accountId, input);
      return await ask({ accountId, kind: 'ideas' }, SHORT_SECONDS, signal, (call) =>
        text.writeIdeas(input, call),
      );
    },

    async script(accountId: AccountId, brief: ScriptBrief, signal: AbortSignal): Promise<Script> {
      await moderation.assertAllowed(accountId, brief);
      return await ask({ accountId, kind: 'script' }, brief.seconds, signal, (call) =>
        text.writeScript(brief, call),
      );
    },

    async enhance(accountId: AccountId, prompt: string, signal: AbortSignal): Promise<string> {
      await moderation.assertAllowed(accountId, prompt);
      return await ask({ accountId, kind: 'prompt' }, SHORT_SECONDS, signal, (call) =>
        text.enhancePrompt({ prompt }, call),
      );
    },
  };

  async function ask<T>(
    purchase: Pick<Purchase, 'accountId' | 'kind'>,
    seconds: number,
    signal: AbortSignal,
    work: (call: OnBehalf) => Promise<T>,
  ): Promise<T> {
    return await withLane(text.lane, `studio-${randomUUID()}`, signal, () =>
      buy({ ...purchase, model: text.id }, text.estimate({ seconds }), (bought) =>
        work({ signal, bought, accountId: purchase.accountId }),
      ),
    );
  }
}

export type Studio = ReturnType<typeof makeStudio>;
