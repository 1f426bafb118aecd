import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../platform/ids.ts';
import { planOpening, planScenes } from './plan.ts';

const sceneCounts = fc.integer({ min: 1, max: 100 });

test('every step depends only on earlier ones, so a plan can always be finished', () => {
  fc.assert(
    fc.property(sceneCounts, fc.boolean(), fc.boolean(), (count, crossfade, chain) => {
      const opening = planOpening();
      const script = opening[1];
      if (!script) throw new Error('no script step');
      const scenes = Array.from({ length: count }, () => newId('scn'));
      const plan = [...opening, ...planScenes(script.id, scenes, { crossfade, chain })];
      const seen = new Set<string>();
      for (const [index, step] of plan.entries()) {
        expect(step.position).toBe(index);
        for (const needed of step.dependsOn) expect(seen).toContain(needed);
        seen.add(step.id);
      }
    }),
    { numRuns: 30 },
  );
});

test('each scene is spoken, timed, filmed and encoded exactly once', () => {
  fc.assert(
    fc.property(sceneCounts, (count) => {
      const scenes = Array.from({ length: count }, () => newId('scn'));
      const plan = planScenes(newId('stp'), scenes, { crossfade: false, chain: false });
      for (const kind of ['voice', 'words', 'clip', 'segment']) {
        expect(plan.filter((step) => step.kind === kind).map((step) => step.sceneId)).toEqual(
          scenes,
        );
      }
      for (const kind of ['soundtrack', 'finish', 'check', 'store']) {
        expect(plan.filter((step) => step.kind === kind)).toHaveLength(1);
      }
    }),
    { numRuns: 30 },
  );
});

test('with cuts an edit of one scene reaches no segment but its own; with crossfades only the next', () => {
  const scenes = [newId('scn'), newId('scn'), newId('scn')];
  for (const crossfade of [false, true]) {
    const plan = planScenes(newId('stp'), scenes, { crossfade, chain: false });
    const byId = new Map(plan.map((step) => [step.id, step]));
    const reached = plan
      .filter((step) => step.kind === 'segment')
      .map((step) => new Set(step.dependsOn.map((id) => byId.get(id)?.sceneId)));
    expect(reached.map((sceneIds) => sceneIds.size)).toEqual(crossfade ? [1, 2, 2] : [1, 1, 1]);
  }
});

test('in a chain each clip waits for the one before, and nothing else does', () => {
  const scenes = [newId('scn'), newId('scn'), newId('scn')];
  const plan = planScenes(newId('stp'), scenes, { crossfade: false, chain: true });
  const clips = plan.filter((step) => step.kind === 'clip');
  expect(clips.map((clip) => clips.filter(({ id }) => clip.dependsOn.includes(id)).length)).toEqual(
    [0, 1, 1],
  );
});
