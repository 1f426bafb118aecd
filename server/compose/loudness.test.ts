import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  correctMaster,
  firstMaster,
  integrateLoudness,
  MAX_TRUE_PEAK_DBTP,
  readLoudness,
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
    expect(correctMaster(master, { integratedLufs: -14.2, truePeakDbtp: -1.3 })).toBeNull();
    expect(correctMaster(master, { integratedLufs: null, truePeakDbtp: null })).toBeNull();
  });

  test('a correction moves loudness by what was missing and peaks below their limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -24, max: -8, noNaN: true }),
        fc.double({ min: -6, max: 2, noNaN: true }),
        (integratedLufs, truePeakDbtp) => {
          const master = { gainDb: 3, ceilingDb: -2 };
          const next = correctMaster(master, { integratedLufs, truePeakDbtp });
          if (next === null) {
            expect(Math.abs(integratedLufs - TARGET_LUFS)).toBeLessThan(0.5);
            expect(truePeakDbtp).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
            return;
          }
          expect(next.gainDb).toBeCloseTo(3 + TARGET_LUFS - integratedLufs, 6);
          const peakAfter = truePeakDbtp + next.ceilingDb - master.ceilingDb;
          expect(peakAfter).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
        },
      ),
    );
  });

  test('a near-silent track is not turned up without end', () => {
    const first = firstMaster(-90);
    expect(first.gainDb).toBe(40);
    expect(correctMaster(first, { integratedLufs: -50, truePeakDbtp: -40 })).toBeNull();
  });
});
