import type { MediaCall, MediaCost, MediaEngine } from '../media/media.ts';
import {
  correctMaster,
  firstMaster,
  type Loudness,
  type Master,
  type MasterTry,
  readLoudness,
  type SoundGoal,
  soundGoal,
} from './loudness.ts';
import { readPrinted } from './printed.ts';
import {
  assertSoundtrack,
  expectedLufs,
  type Levels,
  LOUDNESS_GRAPH,
  levelsGraph,
  readLevels,
  SOUNDTRACK_KBPS,
  type SoundtrackPlan,
  soundtrackGraph,
  soundtrackInputs,
} from './soundtrack.ts';

export type SoundtrackResult = {
  /** Measured on the encoded track, decoded again. */
  readonly loudness: Loudness;
  /** What the check of the film may ask of it. */
  readonly goal: SoundGoal;
  readonly cost: MediaCost;
};

/** One correction is the rule; words between long silences, which the limiter holds down, need more. */
export const MAX_TRIES = 12;

/**
 * Makes a film's audio track as an `.m4a` of exactly `plan.samples`: levels measured, mixed, mastered,
 * measured as encoded, corrected where off. What cannot be made loud (silence) is left as it is.
 */
export async function makeSoundtrack(
  engine: MediaEngine,
  plan: SoundtrackPlan,
  file: string,
  call: MediaCall,
): Promise<SoundtrackResult> {
  assertSoundtrack(plan);
  const inputs = soundtrackInputs(plan);
  const printed = await engine.measure({ inputs, graph: levelsGraph(plan) }, call);
  const levels = readLevels(readPrinted(printed), plan);
  let cost: MediaCost = { cpuMs: 0, peakMemoryBytes: 0 };
  const tries: MasterTry[] = [];
  const mixLufs = expectedLufs(levels);
  for (let master = firstMaster(mixLufs); ; ) {
    cost = addCost(cost, await encode(engine, plan, levels, master, file, call));
    const measured = await measureLoudness(engine, file, call);
    const last = { master, measured };
    tries.push(last);
    const better = tries.length < MAX_TRIES ? correctMaster(tries) : null;
    if (better === null) return { loudness: measured, goal: soundGoal(mixLufs, last), cost };
    master = better;
  }
}

function encode(
  engine: MediaEngine,
  plan: SoundtrackPlan,
  levels: Levels,
  settings: Master,
  file: string,
  call: MediaCall,
): Promise<MediaCost> {
  const encoding = { codec: 'aac', bitrateKbps: SOUNDTRACK_KBPS } as const;
  return engine.transcode(
    {
      inputs: soundtrackInputs(plan),
      graph: soundtrackGraph(plan, levels, settings),
      outputs: [{ file, audio: { from: 'out', encoding } }],
    },
    call,
  );
}

/** The loudness of a file's sound as a player would decode it. */
async function measureLoudness(
  engine: MediaEngine,
  file: string,
  call: MediaCall,
): Promise<Loudness> {
  const inputs = [{ kind: 'media', file }] as const;
  const printed = await engine.measure({ inputs, graph: LOUDNESS_GRAPH }, call);
  return readLoudness(readPrinted(printed));
}

function addCost(a: MediaCost, b: MediaCost): MediaCost {
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    peakMemoryBytes: Math.max(a.peakMemoryBytes, b.peakMemoryBytes),
  };
}
