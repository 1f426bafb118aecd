import type { Sound } from './wav.ts';

const OUT_HZ = 48_000;
const TAPS_EACH_SIDE = 16;
/** Mean level of the spoken parts after polishing; close to -20 LUFS for speech. */
const SPEECH_DBFS = -20;
const PEAK = 10 ** (-3 / 20);

/**
 * Makes flite's 16 kHz voice sit in a film: 48 kHz, rumble removed, presence lifted (its 8 kHz ceiling
 * sounds dull), syllables evened out by a gentle compressor, speech at -20 dBFS, no peak above -3 dBFS.
 * The result starts and lasts as the input does, so word times hold.
 */
export function polish(sound: Sound): Sound {
  const samples = upsample(sound);
  filter(samples, highPass(75));
  filter(samples, highShelf(3_200, 4));
  compress(samples);
  level(samples);
  return { rateHz: OUT_HZ, samples };
}

/** Windowed-sinc interpolation by a whole factor (8 or 16 kHz to 48 kHz). */
function upsample({ rateHz, samples }: Sound): Float32Array {
  const factor = OUT_HZ / rateHz;
  if (!Number.isInteger(factor)) throw new Error(`cannot resample ${rateHz} Hz`);
  const phases = Array.from({ length: factor }, (_, phase) => sincPhase(phase / factor));
  const out = new Float32Array(samples.length * factor);
  for (let index = 0; index < out.length; index++) {
    const taps = phases[index % factor];
    const from = Math.floor(index / factor) - TAPS_EACH_SIDE + 1;
    let sum = 0;
    // Index loops here and in `filter`: iterators cost several times the arithmetic.
    for (let tap = 0; tap < TAPS_EACH_SIDE * 2; tap++)
      sum += (taps?.[tap] ?? 0) * (samples[from + tap] ?? 0);
    out[index] = sum;
  }
  return out;
}

/** Weights for a point `fraction` of a sample after tap `TAPS_EACH_SIDE - 1`; Hann window, unit gain. */
function sincPhase(fraction: number): Float32Array {
  const taps = new Float32Array(TAPS_EACH_SIDE * 2);
  for (const index of taps.keys()) {
    const x = index - (TAPS_EACH_SIDE - 1) - fraction;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    taps[index] = sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / (TAPS_EACH_SIDE + 1)));
  }
  const gain = taps.reduce((sum, weight) => sum + weight, 0);
  return taps.map((weight) => weight / gain);
}

type Biquad = { b0: number; b1: number; b2: number; a1: number; a2: number };

/** Both after the Audio EQ Cookbook, https://www.w3.org/TR/audio-eq-cookbook/ */
function highPass(hz: number): Biquad {
  const w = (2 * Math.PI * hz) / OUT_HZ;
  const alpha = Math.sin(w) / Math.SQRT2;
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  const b = (1 + cos) / 2 / a0;
  return { b0: b, b1: -2 * b, b2: b, a1: (-2 * cos) / a0, a2: (1 - alpha) / a0 };
}

function highShelf(hz: number, gainDb: number): Biquad {
  const a = 10 ** (gainDb / 40);
  const w = (2 * Math.PI * hz) / OUT_HZ;
  const cos = Math.cos(w);
  const slope = 2 * Math.sqrt(a) * (Math.sin(w) / Math.SQRT2);
  const a0 = a + 1 - (a - 1) * cos + slope;
  return {
    b0: (a * (a + 1 + (a - 1) * cos + slope)) / a0,
    b1: (-2 * a * (a - 1 + (a + 1) * cos)) / a0,
    b2: (a * (a + 1 + (a - 1) * cos - slope)) / a0,
    a1: (2 * (a - 1 - (a + 1) * cos)) / a0,
    a2: (a + 1 - (a - 1) * cos - slope) / a0,
  };
}

function filter(samples: Float32Array, { b0, b1, b2, a1, a2 }: Biquad): void {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let index = 0; index < samples.length; index++) {
    const x = samples[index] ?? 0;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    samples[index] = y;
  }
}

/** 3:1 above a threshold 6 dB over the voice's own mean, 5 ms attack, 80 ms release. */
function compress(samples: Float32Array): void {
  const threshold = speechLevel(samples) * 2;
  if (threshold === 0) return;
  const attack = Math.exp(-1 / (0.005 * OUT_HZ));
  const release = Math.exp(-1 / (0.08 * OUT_HZ));
  let envelope = 0;
  for (const [index, sample] of samples.entries()) {
    const size = Math.abs(sample);
    const pace = size > envelope ? attack : release;
    envelope = pace * envelope + (1 - pace) * size;
    if (envelope > threshold) samples[index] = sample * (threshold / envelope) ** (2 / 3);
  }
}

function level(samples: Float32Array): void {
  const mean = speechLevel(samples);
  if (mean === 0) return;
  const gain = 10 ** (SPEECH_DBFS / 20) / mean;
  for (const [index, sample] of samples.entries()) samples[index] = limit(sample * gain);
}

/** Straight up to 60 % of the peak allowed, then bent so that nothing passes it. */
function limit(sample: number): number {
  const knee = PEAK * 0.6;
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  const room = PEAK - knee;
  return Math.sign(sample) * (knee + room * Math.tanh((size - knee) / room));
}

/** Root mean square of the 50 ms blocks that are speech: those within 30 dB of the loudest. */
function speechLevel(samples: Float32Array): number {
  const block = OUT_HZ / 20;
  const powers: number[] = [];
  for (let from = 0; from < samples.length; from += block) {
    const part = samples.subarray(from, from + block);
    powers.push(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
  }
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const spoken = powers.filter((power) => power > loudest / 1000);
  if (spoken.length === 0) return 0;
  return Math.sqrt(spoken.reduce((sum, power) => sum + power, 0) / spoken.length);
}
