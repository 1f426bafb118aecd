import { type Clock, systemClock } from '../../platform/clock.ts';
import { bearer, makeEgress } from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { TextModel } from '../models.ts';
import { makeAsk } from './ask.ts';
import { makeChat } from './chat.ts';
import { languageName, paceOf } from './pace.ts';
import { chatPolicy } from './policy.ts';
import { chatUsage } from './prices.ts';
import { ENHANCE_PROMPT, IDEAS_PROMPT, SCRIPT_PROMPT, VISUALS_PROMPT } from './prompts.ts';
import {
  enhancedForm,
  ideasForm,
  judgeEnhanced,
  judgeIdeas,
  judgeScript,
  judgeVisuals,
  scriptForm,
  visualsForm,
} from './written.ts';

export type ArkTextOptions = {
  /** The first is used; the next where the vendor does not take it. */
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  /** A model id or an endpoint of the account's own (`ep-…`). */
  readonly model: string;
  /** Calls under way at once with the key. */
  readonly maxCalls: number;
  readonly log: Log;
  readonly now?: Clock;
};

/** Our longest instructions with a long topic, in any script. */
const MOST_PROMPT_TOKENS = 5_000;
const TOKENS_PER_IDEA = 400;
/** A scene of a narration of two sentences in a language of costly letters, and its visual. */
const TOKENS_PER_SCENE = 450;
const TOKENS_PER_VISUAL = 250;
const ENHANCED_TOKENS = 600;
/** The least limit of any model (ModelArk, model list, 2026-07: seed-1-6). */
const MOST_ANSWER_TOKENS = 32_000;

/** Writes with a Seed chat model on BytePlus ModelArk. Throws a `TypeError` for a base URL that is none. */
export function makeArkTextModel(options: ArkTextOptions): TextModel {
  const { model, baseUrl, apiKeys, maxCalls, log, now = systemClock } = options;
  const egress = makeEgress(chatPolicy(baseUrl), bearer(apiKeys));
  const chat = makeChat({ egress, baseUrl, model });
  const ask = makeAsk({ chat, model, log, now });

  return {
    id: `ark/${model}`,
    lane: { name: 'ark/text', limit: maxCalls },

    estimate({ seconds }) {
      const completion = scriptTokens(paceOf(seconds, 'en').scenes.most);
      // An answer may be asked for twice; the second time the first is read as well.
      const tokens = {
        prompt: 2 * MOST_PROMPT_TOKENS + completion,
        completion: 2 * completion,
      };
      return chatUsage(model, tokens, null, now);
    },

    writeIdeas: async ({ topic, count, language }, call) =>
      await ask(
        {
          name: 'ideas',
          instructions: IDEAS_PROMPT,
          data: { topic, count, language: languageName(language) },
          form: ideasForm,
          judge: judgeIdeas(count),
          maxTokens: 300 + count * TOKENS_PER_IDEA,
          temperature: 1,
        },
        call,
      ),

    async writeScript({ topic, seconds, language, tone, idea }, call) {
      const pace = paceOf(seconds, language);
      const { unit, fewest, wanted, most, scenes } = pace;
      return await ask(
        {
          name: 'script',
          instructions: SCRIPT_PROMPT,
          data: {
            topic,
            language: languageName(language),
            tone,
            idea: idea && { title: idea.title, hook: idea.hook, angle: idea.angle },
            seconds,
            narration_length: `about ${wanted} ${unit}, never less than ${fewest} or more than ${most}`,
            scenes: `${scenes.fewest} to ${scenes.most}`,
          },
          form: scriptForm,
          judge: judgeScript(pace),
          maxTokens: scriptTokens(scenes.most),
          temperature: 0.8,
        },
        call,
      );
    },

    // A title is the maker's own name for the video: what the vendor is to draw, the narrations say.
    writeVisuals: async ({ narrations }, call) =>
      narrations.length === 0
        ? []
        : await ask(
            {
              name: 'visuals',
              instructions: VISUALS_PROMPT,
              data: {
                scenes: narrations.map((narration, index) => ({ scene: index + 1, narration })),
              },
              form: visualsForm,
              judge: judgeVisuals(narrations.length),
              maxTokens: limited(500 + narrations.length * TOKENS_PER_VISUAL),
              temperature: 0.7,
            },
            call,
          ),

    enhancePrompt: async ({ prompt }, call) =>
      await ask(
        {
          name: 'video_prompt',
          instructions: ENHANCE_PROMPT,
          data: { prompt },
          form: enhancedForm,
          judge: judgeEnhanced,
          maxTokens: ENHANCED_TOKENS,
          temperature: 0.6,
        },
        call,
      ),
  };
}

function scriptTokens(scenes: number): number {
  return limited(500 + scenes * TOKENS_PER_SCENE);
}

function limited(tokens: number): number {
  return Math.min(tokens, MOST_ANSWER_TOKENS);
}
