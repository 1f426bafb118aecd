import { setImmediate } from 'node:timers/promises';

/** 16 kHz mono samples from -1 to 1. */
export type Samples = Float32Array;

export const RATE_HZ = 16_000;
/** One frame of features each 10 ms, from 25 ms of sound: the usual measures of speech recognition. */
const HOP = 160;
export const FRAME_MS = 10;
const WINDOW = 400;
const FFT_SIZE = 512;
const BANDS = 26;
/** Cepstral coefficients 1–12; the zeroth is loudness, which is kept apart. */
const COEFFICIENTS = 12;
/** How much the loudness counts against one of the cepstra. */
const LOUDNESS_WEIGHT = 2;
/** Frames quieter than the loudest by more than this (natural logarithm of power, 35 dB) are no speech. */
const SPEECH_RANGE = 8;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 6_500;

export type Features = {
  readonly frames: number;
  /** `DIMENSIONS` numbers a frame: the cepstra and the loudness, each with mean 0 and variance 1 in speech. */
  readonly cepstra: Float32Array;
  /** Natural logarithm of each frame's power. */
  readonly power: Float32Array;
};

export const DIMENSIONS = COEFFICIENTS + 1;

/** About 100 ms of work, after which the process hears its signals and timers again. */
const FRAMES_A_TURN = 2_000;

/** What is heard in each 10 ms, so that two speakers' same sounds come out alike (MFCC, normalised). */
export async function extractFeatures(samples: Samples, signal: AbortSignal): Promise<Features> {
  const frames = Math.max(1, Math.ceil(samples.length / HOP));
  const cepstra = new Float32Array(frames * DIMENSIONS);
  const power = new Float32Array(frames);
  const re = new Float64Array(FFT_SIZE);
  const im = new Float64Array(FFT_SIZE);
  const bands = new Float64Array(BANDS);
  for (let frame = 0; frame < frames; frame += 1) {
    if (frame % FRAMES_A_TURN === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    loadWindow(samples, frame * HOP - (WINDOW - HOP) / 2, re, im);
    transform(re, im);
    const level = readBands(re, im, bands);
    power[frame] = level;
    cepstra[frame * DIMENSIONS + COEFFICIENTS] = level;
    for (let c = 0; c < COEFFICIENTS; c += 1) {
      let sum = 0;
      for (let band = 0; band < BANDS; band += 1) {
        sum += (bands[band] ?? 0) * (COSINES[c * BANDS + band] ?? 0);
      }
      cepstra[frame * DIMENSIONS + c] = sum;
    }
  }
  normalise(cepstra, power);
  return { frames, cepstra, power };
}

const HAMMING = Float64Array.from(
  { length: WINDOW },
  (_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (WINDOW - 1)),
);
const COSINES = Float64Array.from({ length: COEFFICIENTS * BANDS }, (_, i) => {
  const c = Math.floor(i / BANDS) + 1;
  return Math.cos((Math.PI * c * ((i % BANDS) + 0.5)) / BANDS);
});
const EDGES = bandEdges();
const TWIDDLES = Array.from({ length: FFT_SIZE / 2 }, (_, i) => {
  const angle = (-2 * Math.PI * i) / FFT_SIZE;
  return [Math.cos(angle), Math.sin(angle)] as const;
});
const REVERSED = Uint16Array.from({ length: FFT_SIZE }, (_, i) =>
  Number.parseInt(i.toString(2).padStart(9, '0').split('').reverse().join(''), 2),
);

/** A pre-emphasised, windowed frame in bit-reversed order, as the transform wants it. */
function loadWindow(samples: Samples, from: number, re: Float64Array, im: Float64Array): void {
  re.fill(0);
  im.fill(0);
  for (let i = 0; i < WINDOW; i += 1) {
    const at = from + i;
    const sample = (samples[at] ?? 0) - 0.97 * (samples[at - 1] ?? 0);
    re[REVERSED[i] ?? 0] = sample * (HAMMING[i] ?? 0);
  }
}

/** The fast Fourier transform (radix 2, in place, input in bit-reversed order). */
function transform(re: Float64Array, im: Float64Array): void {
  for (let size = 2; size <= FFT_SIZE; size *= 2) {
    const half = size / 2;
    const step = FFT_SIZE / size;
    for (let start = 0; start < FFT_SIZE; start += size) {
      for (let k = 0; k < half; k += 1) {
        const [cos, sin] = TWIDDLES[k * step] ?? [1, 0];
        const a = start + k;
        const b = a + half;
        const xr = (re[b] ?? 0) * cos - (im[b] ?? 0) * sin;
        const xi = (re[b] ?? 0) * sin + (im[b] ?? 0) * cos;
        re[b] = (re[a] ?? 0) - xr;
        im[b] = (im[a] ?? 0) - xi;
        re[a] = (re[a] ?? 0) + xr;
        im[a] = (im[a] ?? 0) + xi;
      }
    }
  }
}

/** Bin numbers of the mel bands' edges: triangles that overlap by half. */
function bandEdges(): Float64Array {
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const hz = (m: number) => 700 * (10 ** (m / 2595) - 1);
  const low = mel(LOWEST_HZ);
  const step = (mel(HIGHEST_HZ) - low) / (BANDS + 1);
  return Float64Array.from(
    { length: BANDS + 2 },
    (_, i) => (hz(low + i * step) * FFT_SIZE) / RATE_HZ,
  );
}

/** Fills the logarithm of the power in each band; returns the logarithm of the whole. */
function readBands(re: Float64Array, im: Float64Array, bands: Float64Array): number {
  let all = 1e-6;
  for (let band = 0; band < BANDS; band += 1) {
    const low = EDGES[band] ?? 0;
    const middle = EDGES[band + 1] ?? 0;
    const high = EDGES[band + 2] ?? 0;
    let sum = 1e-6;
    for (let bin = Math.ceil(low); bin < high; bin += 1) {
      const share = bin < middle ? (bin - low) / (middle - low) : (high - bin) / (high - middle);
      sum += share * ((re[bin] ?? 0) ** 2 + (im[bin] ?? 0) ** 2);
    }
    all += sum;
    bands[band] = Math.log(sum);
  }
  return Math.log(all);
}

/** Takes away what a speaker, room or microphone adds to every frame alike, by the frames with speech in them. */
function normalise(cepstra: Float32Array, power: Float32Array): void {
  const sorted = Float32Array.from(power).sort();
  const loudFrom = (sorted[Math.floor(sorted.length * 0.95)] ?? 0) - SPEECH_RANGE;
  for (let c = 0; c < DIMENSIONS; c += 1) {
    let sum = 0;
    let squares = 0;
    let count = 0;
    for (const [frame, level] of power.entries()) {
      if (level < loudFrom) continue;
      const value = cepstra[frame * DIMENSIONS + c] ?? 0;
      sum += value;
      squares += value * value;
      count += 1;
    }
    const mean = sum / Math.max(1, count);
    const deviation = Math.sqrt(Math.max(1e-6, squares / Math.max(1, count) - mean * mean));
    const weight = c === COEFFICIENTS ? LOUDNESS_WEIGHT : 1;
    for (let at = c; at < cepstra.length; at += DIMENSIONS) {
      const value = ((cepstra[at] ?? 0) - mean) / deviation;
      cepstra[at] = weight * Math.max(-3, Math.min(3, value));
    }
  }
}
