import { newId, type SceneId, type StepId } from '../platform/ids.ts';
import type { StepKind } from './contract.ts';

/** A step before it exists as a row. Steps are planned in two parts, since a topic has no scenes yet. */
export type PlannedStep = {
  readonly id: StepId;
  readonly kind: StepKind;
  readonly sceneId: SceneId | null;
  /** Order for showing; no step depends on a later one. */
  readonly position: number;
  readonly dependsOn: readonly StepId[];
};

/** What comes before the scenes are known: moderate, then script. */
export function planOpening(): readonly PlannedStep[] {
  const moderate = step('moderate', null, 0, []);
  return [moderate, step('script', null, 1, [moderate.id])];
}

/**
 * All that follows a script with these scenes (at least one):
 *
 *     voice → clip → segment ─┐
 *        └→ words ─────┘      ├→ finish → check → store
 *     all voices → soundtrack ┘
 *
 * A crossfade shows the scene before as well, so there a segment also waits for that scene. In a chain each clip
 * begins where the one before ended, so there a clip also waits for that clip.
 */
export function planScenes(
  scriptStep: StepId,
  scenes: readonly SceneId[],
  options: { readonly crossfade: boolean; readonly chain: boolean },
): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  const add = (kind: StepKind, sceneId: SceneId | null, dependsOn: readonly StepId[]) => {
    const added = step(kind, sceneId, 2 + steps.length, dependsOn);
    steps.push(added);
    return added.id;
  };

  const voices: StepId[] = [];
  const segments: StepId[] = [];
  let before: readonly StepId[] = [];
  let clipBefore: readonly StepId[] = [];
  for (const scene of scenes) {
    const voice = add('voice', scene, [scriptStep]);
    const words = add('words', scene, [voice]);
    const clip = add('clip', scene, [voice, ...clipBefore]);
    segments.push(add('segment', scene, [words, clip, ...before]));
    voices.push(voice);
    if (options.crossfade) before = [words, clip];
    if (options.chain) clipBefore = [clip];
  }
  const soundtrack = add('soundtrack', null, voices);
  const finish = add('finish', null, [...segments, soundtrack]);
  const check = add('check', null, [finish]);
  add('store', null, [check]);
  return steps;
}

function step(
  kind: StepKind,
  sceneId: SceneId | null,
  position: number,
  dependsOn: readonly StepId[],
): PlannedStep {
  return { id: newId('stp'), kind, sceneId, position, dependsOn };
}
