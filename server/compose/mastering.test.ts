import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  correctMaster,
  firstMaster,
  integrateLoudness,
  type MasterTry,
  soundGoal,
} from './loudness.ts';
import { MAX_TRIES } from './make-soundtrack.ts';
import { readPrinted } from './printed.ts';
import { expectedLufs, readLevels } from './soundtrack.ts';

/**
 * Mastering decided on programmes of every shape, with a limiter in numbers for the real one: sound of a given crest
 * that would stand over the ceiling grows by `worth` of each dB. The real one is met in compose.test.ts.
 */
const programme = fc.record({
  seconds: fc.double({ min: 0.2, max: 60, noNaN: true }),
  lufs: fc.double({ min: -68, max: -3, noNaN: true }),
  /** How the words differ in loudness, each 100 ms of them taking the next. */
  unevenLu: fc.array(fc.double({ min: -25, max: 0, noNaN: true }), { minLength: 1, maxLength: 7 }),
  silentShare: fc.double({ min: 0, max: 0.98, noNaN: true }),
  noiseLufs: fc.constantFrom(-120, -80, -60),
  crestDb: fc.double({ min: 3, max: 20, noNaN: true }),
  worth: fc.double({ min: 0.12, max: 0.6, noNaN: true }),
});
type Programme = typeof programme extends fc.Arbitrary<infer Shape> ? Shape : never;

/** Loudness of every 100 ms: words, then silence, in turns of a second, in a film of a second at least. */
function slotsOf(shape: Programme): readonly number[] {
  const spoken = Math.ceil(shape.seconds * 10);
  const slots = Math.max(10, spoken);
  const wordSlots = Math.max(1, Math.round(10 * (1 - shape.silentShare)));
  return Array.from({ length: slots }, (_, i) => {
    if (i >= spoken || i % 10 >= wordSlots) return shape.noiseLufs;
    return shape.lufs + (shape.unevenLu[i % shape.unevenLu.length] ?? 0);
  });
}

/** The 400 ms blocks over slots of 100 ms, as the standard takes them: those that are whole. */
function blocksOf(slots: readonly number[]): readonly number[] {
  return slots.slice(3).map((_, i) => {
    const block = slots.slice(i, i + 4);
    return 10 * Math.log10(block.reduce((sum, lufs) => sum + 10 ** (lufs / 10), 0) / 4);
  });
}

function printedBlocks(slots: readonly number[]): string {
  return blocksOf(slots)
    .map(
      (lufs, i) =>
        `frame:${i} pts:0 pts_time:${(i * 0.1).toFixed(6)}\nlavfi.r128.M=${lufs.toFixed(3)}`,
    )
    .join('\n');
}

test('any narration ends at the target, or is told to have no loudness, or to be as loud as can be', () => {
  fc.assert(
    fc.property(programme, (shape) => {
      const slots = slotsOf(shape);
      const plan = { samples: (slots.length + 1) * 4800, voices: [], music: null };
      const mixLufs = expectedLufs(readLevels(readPrinted(printedBlocks(slots)), plan));
      const levelDb = mixLufs === null ? 0 : mixLufs - (integrateLoudness(blocksOf(slots)) ?? 0);
      const loudnessAt = (gainDb: number, ceilingDb: number) =>
        integrateLoudness(
          blocksOf(
            slots.map((lufs) => {
              const wanted = lufs + levelDb + gainDb;
              const over = wanted + shape.crestDb - ceilingDb;
              return over <= 0 ? wanted : wanted - over * (1 - shape.worth);
            }),
          ),
        );
      const tries: MasterTry[] = [];
      for (let master = firstMaster(mixLufs); ; ) {
        const integratedLufs = loudnessAt(master.gainDb, master.ceilingDb);
        const last = { master, measured: { integratedLufs, truePeakDbtp: master.ceilingDb + 0.8 } };
        tries.push(last);
        const next = tries.length < MAX_TRIES ? correctMaster(tries) : null;
        if (next !== null) {
          master = next;
          continue;
        }
        const goal = soundGoal(mixLufs, last);
        if (goal === 'undefined') expect(blocksOf(slots).every((lufs) => lufs <= -69.9)).toBe(true);
        else if (goal === 'quieter') expect(loudnessAt(60, -2)).toBeLessThan(-14.5);
        else expect(Math.abs((integratedLufs ?? 0) + 14)).toBeLessThanOrEqual(0.5);
        return;
      }
    }),
    { numRuns: 500 },
  );
});
