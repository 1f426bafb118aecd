import { lastNote, type PrintedFrame } from './printed.ts';

/** Where social platforms play: quieter films are drowned out, louder ones turned down. */
export const TARGET_LUFS = -14;
export const LOUDNESS_TOLERANCE_LU = 0.5;
/** EBU R 128's ceiling for lossy delivery. */
export const MAX_TRUE_PEAK_DBTP = -1;

/** EBU R 128's absolute gate (ITU-R BS.1770-4, annex 1): below it there is nothing to hear. */
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;

/** What was measured on a track. Null loudness: nothing loud enough to measure. */
export type Loudness = {
  readonly integratedLufs: number | null;
  readonly truePeakDbtp: number | null;
};

/** The loudness of a track from what `ebur128` printed. */
export function readLoudness(frames: readonly PrintedFrame[]): Loudness {
  const integrated = lastNote(frames, 'lavfi.r128.I');
  const peaks = [0, 1].map(
    (channel) => lastNote(frames, `lavfi.r128.true_peaks_ch${channel}`) ?? 0,
  );
  const peak = Math.max(...peaks);
  return {
    integratedLufs: integrated === null || integrated <= ABSOLUTE_GATE_LUFS ? null : integrated,
    truePeakDbtp: peak > 0 ? 20 * Math.log10(peak) : null,
  };
}

/**
 * Integrated loudness of 400 ms blocks measured every 100 ms (`ebur128`'s momentary values), gated as
 * ITU-R BS.1770-4 says; null for silence. It lets one pass over tracks laid end to end measure each.
 */
export function integrateLoudness(momentaryLufs: readonly number[]): number | null {
  const heard = momentaryLufs.filter((lufs) => lufs > ABSOLUTE_GATE_LUFS);
  const ungated = meanLoudness(heard);
  if (ungated === null) return null;
  return meanLoudness(heard.filter((lufs) => lufs > ungated + RELATIVE_GATE_LU));
}

function meanLoudness(lufs: readonly number[]): number | null {
  if (lufs.length === 0) return null;
  const energy = lufs.reduce((sum, value) => sum + 10 ** (value / 10), 0) / lufs.length;
  return 10 * Math.log10(energy);
}

/** Gain and limiter of the master. */
export type Master = { readonly gainDb: number; readonly ceilingDb: number };

/** A sample-peak ceiling; true peaks after AAC stand up to 1 dB above it. */
const FIRST_CEILING_DB = -2;
/** Loudness that the limiter takes off speech at this gain; a better first guess saves a second pass. */
const LIMITER_LOSS_LU = 0.3;
/** Brings a whisper at the gate, and claps with nothing between them, to the target; beyond it a limiter gives nothing more. */
const MAX_GAIN_DB = 60;

/** The first guess for a mix expected at `lufs`; a mix that cannot be measured is left as it is. */
export function firstMaster(lufs: number | null): Master {
  const gainDb = lufs === null ? 0 : clampGain(TARGET_LUFS - lufs + LIMITER_LOSS_LU);
  return { gainDb, ceilingDb: FIRST_CEILING_DB };
}

/** A master and what was measured on the track it gave. */
export type MasterTry = { readonly master: Master; readonly measured: Loudness };

/** What a dB of gain adds at least: into a limiter, single clicks grow by little more. */
const LEAST_SLOPE = 0.1;
/** As far as one try's measures say something about the next. */
const MAX_STEP_DB = 12;

/**
 * The next guess from what the tries so far gave, newest last, or null when the last is good (or cannot be made better).
 * A limiter takes off more the harder it is driven, so loudness over gain is concave: lines through tries on one side of
 * the target meet it too early and the chord between both sides too late. The latest of the former within the latter is
 * exact where the limiter does nothing, and where a dB of gain is worth the same on both sides of the goal.
 */
export function correctMaster(tries: readonly MasterTry[]): Master | null {
  const last = tries.at(-1);
  if (last === undefined || last.measured.integratedLufs === null) return null;
  const { master, measured } = last;
  const shortLu = TARGET_LUFS - last.measured.integratedLufs;
  const overDb = Math.max(0, (measured.truePeakDbtp ?? -99) - MAX_TRUE_PEAK_DBTP);
  // Two thirds of the tolerance, so that another decoder's rounding does not fall outside.
  if (Math.abs(shortLu) <= (LOUDNESS_TOLERANCE_LU * 2) / 3 && overDb === 0) return null;
  const gainDb = clampGain(nextGain(tries.flatMap(asPoint), { gainDb: master.gainDb, shortLu }));
  const ceilingDb = overDb > 0 ? master.ceilingDb - overDb - 0.2 : master.ceilingDb;
  return gainDb === master.gainDb && ceilingDb === master.ceilingDb ? null : { gainDb, ceilingDb };
}

/** What a gain left missing to the target; negative where it came out too loud. */
type Point = { readonly gainDb: number; readonly shortLu: number };

function asPoint({ master, measured: { integratedLufs } }: MasterTry): Point[] {
  if (integratedLufs === null) return [];
  return [{ gainDb: master.gainDb, shortLu: TARGET_LUFS - integratedLufs }];
}

function nextGain(points: readonly Point[], last: Point): number {
  const byGain = points.toSorted((a, b) => a.gainDb - b.gainDb);
  const [quieter, quiet] = byGain
    .filter(({ shortLu }) => shortLu > 0)
    .slice(-2)
    .reverse();
  const [louder, loud] = byGain.filter(({ shortLu }) => shortLu <= 0);
  if (!quieter || !louder || quieter.gainDb >= louder.gainDb) {
    const step = last.shortLu / slopeBetween(points.at(-2) ?? last, last);
    return last.gainDb + Math.max(-MAX_STEP_DB, Math.min(MAX_STEP_DB, step));
  }
  const tooEarly = [
    quieter.gainDb + quieter.shortLu,
    ...(quiet ? [meetingOf(quiet, quieter)] : []),
    ...(loud ? [meetingOf(louder, loud)] : []),
  ];
  const share = quieter.shortLu / (quieter.shortLu - louder.shortLu);
  const tooLate = quieter.gainDb + (louder.gainDb - quieter.gainDb) * share;
  return Math.min(tooLate, Math.max(...tooEarly));
}

/** The gain at which the line through two points meets the target. */
function meetingOf(from: Point, to: Point): number {
  return from.gainDb + from.shortLu / slopeBetween(from, to);
}

/** LU that a dB of gain adds from one point to the other, 1 where that is not known. */
function slopeBetween(from: Point, to: Point): number {
  const addedDb = to.gainDb - from.gainDb;
  if (addedDb === 0) return 1;
  return Math.max(LEAST_SLOPE, Math.min(1, (from.shortLu - to.shortLu) / addedDb));
}

/**
 * How loud a finished track can be asked to be. `target`: as loud as every film. `quieter`: clicks of a few
 * milliseconds with digital silence between them, which stay under the target however hard the limiter is driven.
 * `undefined`: nothing in the mix rises above the gate of the standard for the 400 ms that it measures.
 */
export type SoundGoal = 'target' | 'quieter' | 'undefined';

/** What a track is held to, by the loudness that its mix has before mastering and the last master tried. */
export function soundGoal(mixLufs: number | null, { master, measured }: MasterTry): SoundGoal {
  const { integratedLufs } = measured;
  if (integratedLufs === null) return mixLufs === null ? 'undefined' : 'target';
  const isDrivenFully = master.gainDb >= MAX_GAIN_DB;
  return isDrivenFully && integratedLufs < TARGET_LUFS - LOUDNESS_TOLERANCE_LU
    ? 'quieter'
    : 'target';
}

function clampGain(gainDb: number): number {
  return Math.max(-MAX_GAIN_DB, Math.min(MAX_GAIN_DB, gainDb));
}
