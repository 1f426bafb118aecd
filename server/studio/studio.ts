import { randomUUID } from 'node:crypto';
import type { Idea, ModelCall, Script, ScriptBrief, TextModel } from '../models/models.ts';
import { ContentRejected } from '../moderation/errors.ts';
import type { Moderation } from '../moderation/moderation.ts';
import type { AccountId } from '../platform/ids.ts';
import type { WithLane } from '../platform/permits/permits.ts';
import type { Database } from '../platform/postgres/database.ts';
import { makeBuy, type Purchase } from '../purchases/purchases.ts';

export type StudioDeps = {
  readonly db: Database;
  readonly text: TextModel;
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
      assertAllowed([input.topic]);
      const ideas = await ask({ accountId, kind: 'ideas' }, SHORT_SECONDS, signal, (call) =>
        text.writeIdeas(input, call),
      );
      assertAllowed(ideas.flatMap(({ title, hook, angle }) => [title, hook, angle]));
      return ideas;
    },

    async script(accountId: AccountId, brief: ScriptBrief, signal: AbortSignal): Promise<Script> {
      const { idea, tone, topic } = brief;
      assertAllowed([topic, tone ?? '', idea?.title ?? '', idea?.hook ?? '', idea?.angle ?? '']);
      const script = await ask({ accountId, kind: 'script' }, brief.seconds, signal, (call) =>
        text.writeScript(brief, call),
      );
      const scenes = script.scenes.flatMap(({ narration, visual }) => [narration, visual]);
      assertAllowed([script.title, ...scenes]);
      return script;
    },

    async enhance(accountId: AccountId, prompt: string, signal: AbortSignal): Promise<string> {
      assertAllowed([prompt]);
      const better = await ask({ accountId, kind: 'prompt' }, SHORT_SECONDS, signal, (call) =>
        text.enhancePrompt({ prompt }, call),
      );
      assertAllowed([better]);
      return better;
    },
  };

  async function ask<T>(
    purchase: Pick<Purchase, 'accountId' | 'kind'>,
    seconds: number,
    signal: AbortSignal,
    work: (call: ModelCall) => Promise<T>,
  ): Promise<T> {
    return await withLane(text.lane, `studio-${randomUUID()}`, signal, () =>
      buy({ ...purchase, model: text.id }, text.estimate({ seconds }), (bought) =>
        work({ signal, bought }),
      ),
    );
  }

  function assertAllowed(texts: readonly string[]): void {
    const verdict = moderation.check(texts);
    if (!verdict.allowed) throw new ContentRejected(verdict.category);
  }
}

export type Studio = ReturnType<typeof makeStudio>;
