import type { TimedWord } from '../../models.ts';
import {
  DIMENSIONS,
  extractFeatures,
  type Features,
  FRAME_MS,
  RATE_HZ,
  type Samples,
} from './features.ts';
import { type Band, warp } from './warp.ts';

/** The text spoken by a voice whose word times are known. */
export type Reference = { readonly samples: Samples; readonly words: readonly TimedWord[] };

/** Memory of the first, coarse search: one byte a cell, so 30 MB, whatever the length. */
const MOST_COARSE_CELLS = 30_000_000;
const LEAST_POOL = 4;
/** How far the fine search may leave what the coarse one found. */
const FINE_REACH_MS = 500;
/**
 * What a frame costs that is taken for a pause between words, against 1 for the average of any two
 * frames. A silent frame costs `PAUSE_SILENT`, one as loud as speech `PAUSE_LOUD`.
 */
const PAUSE_SILENT = 0.3;
const PAUSE_LOUD = 1.5;

/** A word's frames, then one step that stands for the pause after it; the first step is a pause too. */
type Steps = {
  readonly count: number;
  /** Frame of the pooled reference at each step, or -1 for a pause. */
  readonly frame: Int32Array;
  readonly wordStart: Int32Array;
  readonly wordEnd: Int32Array;
};

/**
 * When each of the text's words is spoken in `audio`, in whole frames of 10 ms: the sound is laid over the
 * text as each of the references speaks it, coarsely, and then finely over the one that sounds most like
 * it. One reference of a lower and one of a higher voice serve most speakers.
 */
export async function matchSpeech(
  audio: Samples,
  references: readonly Reference[],
  signal: AbortSignal,
): Promise<TimedWord[]> {
  const heard = await extractFeatures(audio, signal);
  const laid = [];
  for (const { samples, words } of references) {
    const spoken = await extractFeatures(samples, signal);
    const cells = heard.frames * spoken.frames;
    const pool = Math.max(LEAST_POOL, Math.ceil(Math.sqrt(cells / MOST_COARSE_CELLS)));
    const coarse = await layOver(heard, spoken, words, { pool, near: null, signal });
    laid.push({ spoken, words, coarse });
  }
  const [best] = laid.sort((a, b) => a.coarse.cost - b.coarse.cost);
  if (!best) return [];
  const fine = await layOver(heard, best.spoken, best.words, {
    pool: 1,
    near: best.coarse,
    signal,
  });
  const lastMs = Math.floor((audio.length * 1000) / RATE_HZ);
  return best.words.map(({ text }, index) => {
    const startMs = Math.min(lastMs, (fine.starts[index] ?? 0) * FRAME_MS);
    const endMs = Math.min(lastMs, Math.max(startMs, (fine.ends[index] ?? 0) * FRAME_MS));
    return { text, startMs, endMs };
  });
}

/** First frame of each word and first frame after it, in frames of 10 ms. */
type Laid = {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Average for a step of the path: how unlike the two sound. */
  readonly cost: number;
};

async function layOver(
  heardFine: Features,
  spokenFine: Features,
  words: readonly TimedWord[],
  { pool, near, signal }: { pool: number; near: Laid | null; signal: AbortSignal },
): Promise<Laid> {
  const heard = pooled(heardFine, pool);
  const spoken = pooled(spokenFine, pool);
  const steps = layOutSteps(words, spoken.frames, pool);
  const pause = pauseCosts(heard);
  const unit = averageDistance(heard, spoken);
  const costs = (row: number, column: number) => {
    const frame = steps.frame[row] ?? -1;
    if (frame < 0) return pause[column] ?? PAUSE_LOUD;
    return distance(spoken.cepstra, frame, heard.cepstra, column) / unit;
  };
  const band = near ? bandNear(steps, near, heard.frames) : wholeBand(steps.count, heard.frames);
  const { firstColumns: columns, cost } = await warp(
    steps.count,
    heard.frames,
    band,
    costs,
    signal,
  );
  return {
    starts: [...steps.wordStart].map((row) => (columns[row] ?? 0) * pool),
    ends: [...steps.wordEnd].map((row) => (columns[row] ?? 0) * pool),
    cost: cost / (steps.count + heard.frames),
  };
}

function layOutSteps(words: readonly TimedWord[], frames: number, pool: number): Steps {
  const frame = [-1];
  const wordStart = new Int32Array(words.length);
  const wordEnd = new Int32Array(words.length);
  for (const [index, { startMs, endMs }] of words.entries()) {
    wordStart[index] = frame.length;
    const from = Math.round(startMs / FRAME_MS / pool);
    const to = Math.max(from + 1, Math.round(endMs / FRAME_MS / pool));
    // A word without a sound of its own (an emoji) takes no step, so that it takes no time.
    if (endMs > startMs) {
      for (let at = from; at < to; at += 1) frame.push(Math.min(frames - 1, at));
      wordEnd[index] = frame.length;
      frame.push(-1);
    } else {
      wordStart[index] = frame.length - 1;
      wordEnd[index] = frame.length - 1;
    }
  }
  return { count: frame.length, frame: Int32Array.from(frame), wordStart, wordEnd };
}

function wholeBand(rows: number, columns: number): Band {
  return { from: new Int32Array(rows), to: new Int32Array(rows).fill(columns - 1) };
}

/** Around the line through the words' coarse starts and ends. */
function bandNear(steps: Steps, near: Laid, columns: number): Band {
  const reach = FINE_REACH_MS / FRAME_MS;
  const from = new Int32Array(steps.count);
  const to = new Int32Array(steps.count);
  const knots = [...steps.wordStart].flatMap((row, index) => [
    { row, column: near.starts[index] ?? 0 },
    { row: steps.wordEnd[index] ?? row, column: near.ends[index] ?? 0 },
  ]);
  let before = { row: 0, column: 0 };
  for (const knot of [...knots, { row: steps.count - 1, column: columns - 1 }]) {
    for (let row = before.row; row <= knot.row; row += 1) {
      // A pause may hold its place until the next word begins; all else follows the line.
      const share = knot.row === before.row ? 1 : (row - before.row) / (knot.row - before.row);
      const column = before.column + share * (knot.column - before.column);
      const low = row === before.row ? before.column : column;
      from[row] = Math.max(from[row - 1] ?? 0, Math.min(columns - 1, Math.floor(low - reach)));
      const high = Math.max(to[row] ?? 0, to[row - 1] ?? 0, Math.ceil(column + reach));
      to[row] = Math.min(columns - 1, high);
    }
    // The step before the knot stays until the knot: the silence before a word belongs to its pause.
    const last = knot.row - 1;
    if (last >= 0) to[last] = Math.max(to[last] ?? 0, Math.min(columns - 1, knot.column + reach));
    before = knot;
  }
  to[steps.count - 1] = columns - 1;
  return { from, to };
}

/** Averages `pool` frames into one. */
function pooled(fine: Features, pool: number): Features {
  if (pool === 1) return fine;
  const frames = Math.ceil(fine.frames / pool);
  const cepstra = new Float32Array(frames * DIMENSIONS);
  const power = new Float32Array(frames);
  for (let at = 0; at < fine.frames; at += 1) {
    const to = Math.floor(at / pool);
    const share = 1 / Math.min(pool, fine.frames - to * pool);
    power[to] = (power[to] ?? 0) + (fine.power[at] ?? 0) * share;
    for (let c = 0; c < DIMENSIONS; c += 1) {
      const sum =
        (cepstra[to * DIMENSIONS + c] ?? 0) + (fine.cepstra[at * DIMENSIONS + c] ?? 0) * share;
      cepstra[to * DIMENSIONS + c] = sum;
    }
  }
  return { frames, cepstra, power };
}

function pauseCosts({ power }: Features): Float32Array {
  const sorted = Float32Array.from(power).sort();
  const floor = sorted[Math.floor(sorted.length * 0.05)] ?? 0;
  const loud = sorted[Math.floor(sorted.length * 0.7)] ?? 0;
  const range = Math.max(1, loud - floor);
  return power.map((value) => {
    const level = Math.min(1, Math.max(0, (value - floor) / range));
    return PAUSE_SILENT + level * (PAUSE_LOUD - PAUSE_SILENT);
  });
}

function distance(a: Float32Array, frameA: number, b: Float32Array, frameB: number): number {
  const fromA = frameA * DIMENSIONS;
  const fromB = frameB * DIMENSIONS;
  let sum = 0;
  for (let c = 0; c < DIMENSIONS; c += 1) {
    const difference = (a[fromA + c] ?? 0) - (b[fromB + c] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** The distance of frames that have nothing to do with one another. */
function averageDistance(a: Features, b: Features): number {
  const PAIRS = 2_000;
  let sum = 0;
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const frameA = (pair * 7919) % a.frames;
    const frameB = (pair * 104_729) % b.frames;
    sum += distance(a.cepstra, frameA, b.cepstra, frameB);
  }
  return Math.max(1e-3, sum / PAIRS);
}
