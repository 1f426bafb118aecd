import type { PcmFile } from '../pcm-file.ts';

/** A stretch of the sound that is sent on its own. */
export type Part = { readonly fromSample: number; readonly samples: number };

/** 12 minutes of 16 kHz mono are 23 MB, under the 25 MB that OpenAI takes (transcription guide, 2026-08). */
const LONGEST_SECONDS = 12 * 60;
const WANTED_SECONDS = 10 * 60;
/** How far from the wanted place the quietest one is looked for. */
const REACH_SECONDS = 30;
/** As long as a short pause between two sentences. */
const PAUSE_SECONDS = 0.2;
const STEP_SECONDS = 0.02;

/** Sound of up to 12 minutes whole, longer sound cut at the quietest place near every 10 minutes. */
export async function cutSound(sound: PcmFile): Promise<readonly Part[]> {
  const { rateHz, samples } = sound;
  const parts: Part[] = [];
  let from = 0;
  while (samples - from > LONGEST_SECONDS * rateHz) {
    const first = from + (WANTED_SECONDS - REACH_SECONDS) * rateHz;
    const near = await sound.read(first, 2 * REACH_SECONDS * rateHz);
    const cut = first + quietestSample(near, rateHz);
    parts.push({ fromSample: from, samples: cut - from });
    from = cut;
  }
  return [...parts, { fromSample: from, samples: samples - from }];
}

/** The middle of the quietest pause, in samples from the start. */
function quietestSample(pcm: Buffer, rateHz: number): number {
  const step = Math.max(1, Math.round(STEP_SECONDS * rateHz));
  const stepsInPause = Math.round(PAUSE_SECONDS / STEP_SECONDS);
  const energies = stepEnergies(pcm, step);
  let sum = 0;
  let best = { sum: Number.POSITIVE_INFINITY, end: 0 };
  for (const [index, energy] of energies.entries()) {
    sum += energy - (energies[index - stepsInPause] ?? 0);
    if (index >= stepsInPause - 1 && sum < best.sum) best = { sum, end: index + 1 };
  }
  return Math.round((best.end - stepsInPause / 2) * step);
}

/** The energy of each step; whole numbers below 2^53, so that sums that slide stay exact. */
function stepEnergies(pcm: Buffer, step: number): readonly number[] {
  const steps = Math.floor(pcm.length / 2 / step);
  return Array.from({ length: steps }, (_, index) => {
    let energy = 0;
    for (let at = index * step; at < (index + 1) * step; at += 1)
      energy += pcm.readInt16LE(at * 2) ** 2;
    return energy;
  });
}
