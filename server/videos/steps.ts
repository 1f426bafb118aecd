import type { StepKind } from './contract.ts';
import type { Step } from './step.ts';
import { checkStep } from './steps/check.ts';
import { clipStep } from './steps/clip.ts';
import { finishStep } from './steps/finish.ts';
import { moderateStep } from './steps/moderate.ts';
import { scriptStep } from './steps/script.ts';
import { segmentStep } from './steps/segment.ts';
import { soundtrackStep } from './steps/soundtrack.ts';
import { storeStep } from './steps/store.ts';
import { voiceStep } from './steps/voice.ts';
import { wordsStep } from './steps/words.ts';
import type { StepTools } from './tools.ts';

/** Every kind of step of the pipeline, with the tools it works with. */
export function makeSteps(tools: StepTools): { readonly [Kind in StepKind]: Step } {
  return {
    moderate: moderateStep(tools.moderation),
    script: scriptStep(tools),
    voice: voiceStep(tools.speech),
    words: wordsStep(tools),
    clip: clipStep(tools),
    segment: segmentStep(tools),
    soundtrack: soundtrackStep(tools),
    finish: finishStep(tools),
    check: checkStep(tools),
    store: storeStep(tools),
  };
}
