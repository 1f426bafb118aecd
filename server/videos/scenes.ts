import { newId, type SceneId } from '../platform/ids.ts';
import type { Brief } from './contract.ts';
import type { Scene } from './film-state.ts';
import { matchScenes } from './script-file/match-scenes.ts';

/** A scene of a script that the user wrote: the visual is null where they left it to us. */
export type WrittenScene = { readonly narration: string; readonly visual: string | null };

/** The scenes of a brief: each knows which former scene it continues. */
export type BriefScene = Extract<Brief, { kind: 'script' }>['scenes'][number];

/** A scene's choices when nobody has made any. */
const NO_CHOICES = { takeId: null, variant: 0, firstFrame: null } as const;

/**
 * A user's scenes with their identity: one that continues a former scene keeps its id, its choices, and its
 * visual too where the user wrote none, so that editing a sentence does not film its scene anew.
 */
export function adoptScenes(
  written: readonly WrittenScene[],
  former: readonly Scene[],
): BriefScene[] {
  const matches = matchScenes(former, written);
  return written.map((scene, index) => {
    const continued = matches[index] == null ? undefined : former[matches[index]];
    return {
      ...choicesOf(continued),
      sceneId: continued?.id ?? newId('scn'),
      narration: scene.narration,
      visual: scene.visual ?? continued?.visual ?? null,
    };
  });
}

/** The finished script's scenes with their ids and choices: as the brief has them, or matched with former scenes. */
export function identifyScenes(
  brief: Brief,
  script: readonly { readonly narration: string; readonly visual: string }[],
  former: readonly Scene[],
): readonly (Omit<Scene, 'id' | 'position'> & { readonly sceneId: SceneId })[] {
  const known = brief.kind === 'script' ? brief.scenes : adoptScenes(script, former);
  return script.map((scene, index) => ({
    ...NO_CHOICES,
    ...choicesOf(known[index]),
    sceneId: known[index]?.sceneId ?? newId('scn'),
    narration: scene.narration,
    visual: scene.visual,
  }));
}

/** A revision's scenes as the brief of the next one, to be edited. */
export function briefScenesOf(scenes: readonly Scene[]): BriefScene[] {
  return scenes.map(({ id, narration, visual, ...scene }) => ({
    ...choicesOf(scene),
    sceneId: id,
    narration,
    visual,
  }));
}

type Choices = Pick<Scene, 'takeId' | 'variant' | 'firstFrame'>;

function choicesOf(scene: Choices | undefined): Choices {
  if (scene === undefined) return NO_CHOICES;
  const { takeId, variant, firstFrame } = scene;
  return { takeId, variant, firstFrame };
}
