import { assertDrawable } from '../../compose/captions/captions.ts';
import type { Moderated, Moderation } from '../../moderation/moderation.ts';
import { Problem } from '../../platform/problem.ts';
import { type StepOutput, stepOutputs } from '../outputs.ts';
import { spokenSeconds } from '../pace.ts';
import { defineStep, type Step, type StepWork } from '../step.ts';
import { wordsOf } from './brief-words.ts';

/** Writes the scenes from a topic, or completes the user's own with a visual where they gave none. */
export function scriptStep(tools: {
  readonly text: Moderated['text'];
  readonly moderation: Pick<Moderation, 'version'>;
}): Step {
  const { text, moderation } = tools;
  return defineStep(
    {
      kind: 'script',
      version: 2,
      deadlineMs: 300_000,
      maxFailures: 5,
      output: stepOutputs.script,
      model: text.id,
    },
    (film) => ({
      model: text.id,
      terms: moderation.version,
      wish: wordsOf(film.brief),
      style: film.look.captionStyle,
    }),
    async ({ wish, style }, work) => {
      const script = wish.kind === 'topic' ? await write(wish, work) : await complete(wish, work);
      // A character that no font has is found out before anything is spoken or filmed.
      for (const { narration } of script.scenes) assertDrawable(narration, style, wish.language);
      return { done: script };
    },
    { lane: ({ wish }) => (needsModel(wish) ? text.lane : null) },
  );

  async function write(
    wish: Extract<ScriptWish, { kind: 'topic' }>,
    work: StepWork,
  ): Promise<StepOutput<'script'>> {
    const { title, scenes, notice } = await work.buy(
      { kind: 'script', model: text.id },
      text.estimate(wish),
      (bought) => text.writeScript(wish, { ...work, bought }),
    );
    if (scenes.length === 0) throw new EmptyScript();
    return { title, notice: notice ?? null, scenes: scenes.map(plainScene) };
  }

  async function complete(
    wish: Extract<ScriptWish, { kind: 'script' }>,
    work: StepWork,
  ): Promise<StepOutput<'script'>> {
    const open = wish.scenes.filter((scene) => scene.visual === null);
    const narrations = open.map((scene) => scene.narration);
    const written = open.length === 0 ? [] : await writeVisuals(wish.title, narrations, work);
    if (written.length !== open.length) throw new EmptyScript();
    const visuals = new Map(open.map((scene, index) => [scene, written[index]]));
    const scenes = wish.scenes.map((scene) => ({
      narration: scene.narration,
      visual: scene.visual ?? visuals.get(scene) ?? scene.narration,
    }));
    return { title: wish.title, notice: null, scenes };
  }

  async function writeVisuals(title: string, narrations: readonly string[], work: StepWork) {
    return await work.buy(
      { kind: 'script', model: text.id },
      text.estimate({ seconds: spokenSeconds(narrations) }),
      (bought) => text.writeVisuals({ title, narrations }, { ...work, bought }),
    );
  }
}

type ScriptWish = ReturnType<typeof wordsOf>;

function needsModel(wish: ScriptWish): boolean {
  return wish.kind === 'topic' || wish.scenes.some((scene) => scene.visual === null);
}

function plainScene({ narration, visual }: { narration: string; visual: string }) {
  return { narration, visual };
}

class EmptyScript extends Problem {
  constructor() {
    super({
      kind: 'upstream',
      code: 'script_unusable',
      message: 'The text model answered without a usable script.',
      action: 'Try again, or give your own script with --script.',
      retryable: true,
    });
  }
}
