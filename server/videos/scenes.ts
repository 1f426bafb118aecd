import { newId, type SceneId } from '../platform/ids.ts';
import type { Brief } from './contract.ts';
import type { Scene } from './film-state.ts';
import { matchScenes } from './script-file/match-scenes.ts';

/** A scene of a script that the user wrote: the visual is null where they left it to us. */
export type WrittenScene = { readonly narration: string; readonly visual: string | null };

/** The scenes of a brief: each knows which former scene it continues. */
export type BriefScene = Extract<Brief, { kind: 'script' }>['scenes'][number];

/**
 * A user's scenes with their identity: one that continues a former scene keeps its id, and its visual
 * too where the user wrote none, so that editing a sentence does not film its scene anew.
 */
export function adoptScenes(
  written: readonly WrittenScene[],
  former: readonly Scene[],
): BriefScene[] {
  const matches = matchScenes(former, written);
  return written.map((scene, index) => {
    const continued = matches[index] == null ? undefined : former[matches[index]];
    return {
      sceneId: continued?.id ?? newId('scn'),
      narration: scene.narration,
      visual: scene.visual ?? continued?.visual ?? null,
    };
  });
}

/** The finished script's scenes with their ids: as the brief has them, or matched with former scenes. */
export function identifyScenes(
  brief: Brief,
  script: readonly { readonly narration: string; readonly visual: string }[],
  former: readonly Scene[],
): readonly { readonly sceneId: SceneId; readonly narration: string; readonly visual: string }[] {
  const known = brief.kind === 'script' ? brief.scenes : adoptScenes(script, former);
  return script.map((scene, index) => ({
    sceneId: known[index]?.sceneId ?? newId('scn'),
    narration: scene.narration,
    visual: scene.visual,
  }));
}
