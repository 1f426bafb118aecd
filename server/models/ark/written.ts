import { z } from 'zod';
import type { Idea, Script, ScriptScene } from '../models.ts';
import { lengthOf, type Pace } from './pace.ts';

/**
 * What is asked of the chat model, and the judgement of what it gave. The schemas hold the form alone; lengths and
 * counts are judged here, because the service does not hold a model to them.
 */

/**
 * `faults`: it cannot be used. `wishes`: it could be better, and is taken as it is when asking again did not help.
 * Neither quotes the answer.
 */
export type Judgement<T> = {
  readonly value: T | null;
  readonly faults: readonly string[];
  readonly wishes: readonly string[];
};

export const ideasForm = z.object({
  ideas: z.array(z.object({ title: z.string(), hook: z.string(), angle: z.string() })),
});
export const scriptForm = z.object({
  title: z.string(),
  scenes: z.array(z.object({ narration: z.string(), visual: z.string() })),
});
export const visualsForm = z.object({
  visuals: z.array(z.object({ scene: z.number().int(), visual: z.string() })),
});
export const enhancedForm = z.object({ prompt: z.string() });

const MOST = { title: 200, sentence: 600, angle: 1_000, visual: 3_000, scenes: 60 };

/** One line, without the marks that models put around text. */
function line(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

const isText = (text: string, most: number): boolean => text !== '' && text.length <= most;

function judged<T>(value: T, faults: readonly (string | false)[], wishes: readonly string[] = []) {
  const found = faults.filter((fault) => fault !== false);
  return { value: found.length === 0 ? value : null, faults: found, wishes } satisfies Judgement<T>;
}

/** More ideas than wanted are cut. */
export function judgeIdeas(count: number) {
  return (answer: z.infer<typeof ideasForm>): Judgement<readonly Idea[]> => {
    const ideas = answer.ideas.slice(0, count).map(({ title, hook, angle }) => ({
      title: line(title),
      hook: line(hook),
      angle: line(angle),
    }));
    const isWhole = ideas.every(
      ({ title, hook, angle }) =>
        isText(title, MOST.title) && isText(hook, MOST.sentence) && isText(angle, MOST.angle),
    );
    const differ = [ideas.map(({ title }) => title), ideas.map(({ hook }) => hook)].every(
      (texts) => new Set(texts.map((text) => text.toLowerCase())).size === ideas.length,
    );
    return judged(ideas, [
      ideas.length < count && `There must be exactly ${count} ideas.`,
      !isWhole && 'Every idea needs a short title, a hook and an angle.',
      !differ && 'All ideas must differ, in title and hook.',
    ]);
  };
}

export function judgeScript(pace: Pace) {
  return (answer: z.infer<typeof scriptForm>): Judgement<Script> => {
    const title = line(answer.title);
    const scenes: readonly ScriptScene[] = answer.scenes.map(({ narration, visual }) => ({
      narration: line(narration),
      visual: line(visual),
    }));
    const length = lengthOf(
      scenes.map(({ narration }) => narration),
      pace.unit,
    );
    const isWhole = scenes.every(
      ({ narration, visual }) => isText(narration, MOST.sentence) && isText(visual, MOST.visual),
    );
    const isOff = length < pace.fewest || length > pace.most;
    return judged(
      { title, scenes },
      [
        !isText(title, MOST.title) && 'The title must be one short line.',
        (scenes.length === 0 || scenes.length > MOST.scenes) &&
          `There must be ${pace.scenes.fewest} to ${pace.scenes.most} scenes.`,
        !isWhole && 'Every scene needs a narration of one or two sentences and a visual.',
      ],
      isOff
        ? [
            `The narration has ${length} ${pace.unit} in all; it must have ${pace.fewest} to ${pace.most}.`,
          ]
        : [],
    );
  };
}

export function judgeVisuals(count: number) {
  return (answer: z.infer<typeof visualsForm>): Judgement<readonly string[]> => {
    const visuals = answer.visuals.map(({ visual }) => line(visual));
    const inOrder = answer.visuals.every(({ scene }, index) => scene === index + 1);
    return judged(visuals, [
      (visuals.length !== count || !inOrder) &&
        `There must be exactly ${count} visuals, for the scenes 1 to ${count} in order.`,
      !visuals.every((visual) => isText(visual, MOST.visual)) && 'No visual may be empty or long.',
    ]);
  };
}

export function judgeEnhanced(answer: z.infer<typeof enhancedForm>): Judgement<string> {
  const prompt = line(answer.prompt);
  return judged(prompt, [!isText(prompt, MOST.visual) && 'The prompt must be one paragraph.']);
}
