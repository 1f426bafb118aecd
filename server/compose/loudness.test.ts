import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  correctMaster,
  firstMaster,
  integrateLoudness,
  MAX_TRUE_PEAK_DBTP,
  type Master,
  type MasterTry,
  readLoudness,
  soundGoal,
  TARGET_LUFS,
} from './loudness.ts';
import { readPrinted } from './printed.ts';

describe('loudness', () => {
  test('a steady track is as loud as each of its blocks', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -60, max: 0, noNaN: true }),
        fc.integer({ min: 1, max: 300 }),
        (lufs, blocks) => {
          expect(integrateLoudness(Array(blocks).fill(lufs))).toBeCloseTo(lufs, 6);
        },
      ),
    );
  });

  test('pauses do not make a voice quieter', () => {
    const speech = Array(50).fill(-20);
    expect(integrateLoudness([...speech, ...Array(200).fill(-120)])).toBeCloseTo(-20, 6);
    expect(integrateLoudness([...speech, ...Array(50).fill(-45)])).toBeCloseTo(-20, 6);
  });

  test('silence has no loudness', () => {
    expect(integrateLoudness([])).toBeNull();
    expect(integrateLoudness([-120, -90, -70])).toBeNull();
    const silent =
      'frame:0 pts:0 pts_time:0\nlavfi.r128.I=-70.000\nlavfi.r128.true_peaks_ch0=0.000\n';
    expect(readLoudness(readPrinted(silent))).toEqual({ integratedLufs: null, truePeakDbtp: null });
  });

  test('the louder channel gives the true peak', () => {
    const printed = [
      'frame:7 pts:33600 pts_time:0.7',
      'lavfi.r128.I=-14.200',
      'lavfi.r128.true_peaks_ch0=0.500',
      'lavfi.r128.true_peaks_ch1=0.891',
    ].join('\n');
    const { integratedLufs, truePeakDbtp } = readLoudness(readPrinted(printed));
    expect(integratedLufs).toBe(-14.2);
    expect(truePeakDbtp).toBeCloseTo(-1, 1);
  });

  test('a track that is right is left alone', () => {
    const master = firstMaster(-20);
    const correct = (integratedLufs: number | null, truePeakDbtp: number | null) =>
      correctMaster([{ master, measured: { integratedLufs, truePeakDbtp } }]);
    expect(correct(-14.2, -1.3)).toBeNull();
    expect(correct(null, null)).toBeNull();
  });

  test('a correction moves loudness by what was missing and peaks below their limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -24, max: -8, noNaN: true }),
        fc.double({ min: -6, max: 2, noNaN: true }),
        (integratedLufs, truePeakDbtp) => {
          const master = { gainDb: 3, ceilingDb: -2 };
          const next = correctMaster([{ master, measured: { integratedLufs, truePeakDbtp } }]);
          if (next === null) {
            expect(Math.abs(integratedLufs - TARGET_LUFS)).toBeLessThan(0.5);
            expect(truePeakDbtp).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
            return;
          }
          const step = Math.max(-12, TARGET_LUFS - integratedLufs);
          expect(next.gainDb).toBeCloseTo(3 + step, 6);
          const peakAfter = truePeakDbtp + next.ceilingDb - master.ceilingDb;
          expect(peakAfter).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
        },
      ),
    );
  });

  test('a near-silent track is not turned up without end', () => {
    const first = firstMaster(-90);
    expect(first.gainDb).toBe(60);
    const measured = { integratedLufs: -50, truePeakDbtp: -40 };
    expect(correctMaster([{ master: first, measured }])).toBeNull();
  });

  test('whatever a limiter takes off, six tries come to the target where it can be reached', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 10, noNaN: true }),
        fc.double({ min: 0.12, max: 1, noNaN: true }),
        fc.double({ min: -22, max: -8, noNaN: true }),
        fc.constantFrom(0.01, 1, 4),
        (offLu, slope, kneeLufs, kneeLu) => {
          const first = firstMaster(-20);
          // As loud as it was thought to be, give or take; above the knee a dB of gain is worth less.
          const loudnessAt = (gainDb: number) => {
            const lufs = -20 + offLu + gainDb;
            const aboveLu = kneeLu * Math.log1p(Math.exp(Math.min(50, (lufs - kneeLufs) / kneeLu)));
            return lufs - (1 - slope) * Math.max(aboveLu, lufs - kneeLufs);
          };
          const tries: MasterTry[] = [];
          for (let master: Master | null = first; master !== null && tries.length < 6; ) {
            const integratedLufs = loudnessAt(master.gainDb);
            tries.push({ master, measured: { integratedLufs, truePeakDbtp: -2 } });
            master = correctMaster(tries);
          }
          const reached = tries.at(-1);
          if (loudnessAt(60) < TARGET_LUFS) expect(reached?.master.gainDb).toBeGreaterThan(50);
          else expect(Math.abs((reached?.measured.integratedLufs ?? 0) + 14)).toBeLessThan(0.5);
        },
      ),
    );
  });

  test('only a mix without loudness, or one driven as far as can be, is held to anything but the target', () => {
    const at = (gainDb: number, integratedLufs: number | null) => ({
      master: { gainDb, ceilingDb: -2 },
      measured: { integratedLufs, truePeakDbtp: -1.9 },
    });
    expect(soundGoal(-20, at(6, -14))).toBe('target');
    expect(soundGoal(-20, at(20, -16))).toBe('target');
    expect(soundGoal(-20, at(60, -16))).toBe('quieter');
    expect(soundGoal(-20, at(60, -13))).toBe('target');
    expect(soundGoal(null, at(0, null))).toBe('undefined');
    expect(soundGoal(-20, at(6, null))).toBe('target');
  });
});
