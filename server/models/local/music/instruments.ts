import type { Instrument, Note } from './score.ts';

/** Stereo samples of one stretch of the piece, added to by every note that sounds in it. */
export type Block = { readonly left: Float32Array; readonly right: Float32Array };

const TABLE_SIZE = 2048;

/** One period of a tone from its harmonics, kept band-limited by having few of them. */
function makeTable(harmonics: readonly number[]): Float32Array {
  const table = new Float32Array(TABLE_SIZE);
  for (const [index, level] of harmonics.entries())
    for (let sample = 0; sample < TABLE_SIZE; sample += 1)
      table[sample] =
        (table[sample] ?? 0) + level * Math.sin((2 * Math.PI * (index + 1) * sample) / TABLE_SIZE);
  return table;
}

type Sound = {
  readonly tables: readonly Float32Array[];
  /** Ratio of each voice's frequency to the note's: slight detuning, or partials. */
  readonly ratios: readonly number[];
  readonly attack: number;
  /** Time constant in seconds; Infinity holds until the release. */
  readonly decay: number;
  readonly release: number;
  readonly gain: number;
};

const SAW = makeTable(Array.from({ length: 9 }, (_, index) => 1 / (index + 1) ** 1.55));
const SOFT = makeTable([1, 0.32, 0.12, 0.05]);
const STRING = makeTable([1, 0.5, 0.36, 0.18, 0.14, 0.07]);
const SINE = makeTable([1]);
const ROUND = makeTable([1, 0.28, 0.06]);

const SOUNDS: { readonly [Name in Exclude<Instrument, 'kick' | 'hat'>]: Sound } = {
  pad: {
    tables: [SAW, SAW],
    ratios: [0.9975, 1.0027],
    attack: 0.35,
    decay: Number.POSITIVE_INFINITY,
    release: 0.9,
    gain: 0.055,
  },
  pluck: {
    tables: [STRING, SINE],
    ratios: [1, 2.001],
    attack: 0.004,
    decay: 0.32,
    release: 0.25,
    gain: 0.15,
  },
  bell: {
    tables: [SOFT, SINE, SINE],
    ratios: [1, 2.756, 5.404],
    attack: 0.003,
    decay: 0.55,
    release: 0.5,
    gain: 0.1,
  },
  bass: { tables: [ROUND], ratios: [1], attack: 0.012, decay: 1.4, release: 0.09, gain: 0.26 },
};

/** How much of each following voice of a sound is heard, beside the first. */
const UPPER_SHARE = { pad: 1, pluck: 0.3, bell: 0.22, bass: 0 } as const;

/** Seconds that a note is heard, its release included. */
export function soundingSeconds(note: Note): number {
  if (note.instrument === 'kick') return 0.35;
  if (note.instrument === 'hat') return 0.06;
  return note.held + SOUNDS[note.instrument].release;
}

/** Adds what is heard of a note in the block that begins at sample `from`. */
export function playNote(note: Note, block: Block, from: number, rate: number): void {
  const begin = Math.round(note.start * rate);
  const end = begin + Math.floor(soundingSeconds(note) * rate);
  const first = Math.max(from, begin);
  const last = Math.min(from + block.left.length, end);
  if (first >= last) return;
  const span = { first: first - begin, count: last - first, into: first - from };
  if (note.instrument === 'kick') playKick(note, block, span, rate);
  else if (note.instrument === 'hat') playHat(note, block, span, rate, begin);
  else playTone(note, note.instrument, block, span, rate);
}

type Span = { readonly first: number; readonly count: number; readonly into: number };

function playTone(
  note: Note,
  name: keyof typeof SOUNDS,
  block: Block,
  span: Span,
  rate: number,
): void {
  const { tables, ratios, attack, decay, release, gain } = SOUNDS[name];
  const frequency = 440 * 2 ** ((note.pitch - 69) / 12);
  const heldSamples = note.held * rate;
  const releaseSamples = release * rate;
  const fading = decay === Number.POSITIVE_INFINITY ? 1 : Math.exp(-1 / (decay * rate));
  const level = note.gain * gain;
  const [panLeft, panRight] = panOf(note.pan);
  for (const [voice, table] of tables.entries()) {
    const step = (frequency * (ratios[voice] ?? 1) * TABLE_SIZE) / rate;
    const share = level * (voice === 0 ? 1 : UPPER_SHARE[name]);
    let body = decay === Number.POSITIVE_INFINITY ? 1 : Math.exp(-span.first / (decay * rate));
    for (let index = 0; index < span.count; index += 1) {
      const sample = span.first + index;
      const rise = Math.min(1, sample / (attack * rate));
      const fall =
        sample < heldSamples ? 1 : Math.max(0, 1 - (sample - heldSamples) / releaseSamples);
      const value =
        (table[(sample * step) & (TABLE_SIZE - 1)] ?? 0) * share * body * rise * fall * fall;
      body *= fading;
      const slot = span.into + index;
      block.left[slot] = (block.left[slot] ?? 0) + value * panLeft;
      block.right[slot] = (block.right[slot] ?? 0) + value * panRight;
    }
  }
}

/** A sine that falls from 120 to 46 Hz, rounded at both ends. */
function playKick(note: Note, block: Block, span: Span, rate: number): void {
  for (let index = 0; index < span.count; index += 1) {
    const t = (span.first + index) / rate;
    const phase = 46 * t + ((120 - 46) / 26) * (1 - Math.exp(-26 * t));
    const shape = Math.min(1, t / 0.003) * Math.exp(-t * 11) * Math.max(0, 1 - t / 0.35);
    const value = Math.sin(2 * Math.PI * phase) * shape * note.gain * 0.34;
    const slot = span.into + index;
    block.left[slot] = (block.left[slot] ?? 0) + value;
    block.right[slot] = (block.right[slot] ?? 0) + value;
  }
}

/** Short noise with its lows taken away; the noise comes from the sample's own number. */
function playHat(note: Note, block: Block, span: Span, rate: number, begin: number): void {
  const [panLeft, panRight] = panOf(note.pan);
  for (let index = 0; index < span.count; index += 1) {
    const sample = span.first + index;
    const t = sample / rate;
    const bright =
      noise(begin + sample) - 2 * noise(begin + sample - 1) + noise(begin + sample - 2);
    const value =
      bright *
      Math.min(1, t / 0.001) *
      Math.exp(-t * 70) *
      Math.max(0, 1 - t / 0.06) *
      note.gain *
      0.028;
    const slot = span.into + index;
    block.left[slot] = (block.left[slot] ?? 0) + value * panLeft;
    block.right[slot] = (block.right[slot] ?? 0) + value * panRight;
  }
}

/** Equal power. */
function panOf(pan: number): readonly [number, number] {
  const angle = ((pan + 1) * Math.PI) / 4;
  return [Math.cos(angle) * Math.SQRT2, Math.sin(angle) * Math.SQRT2];
}

/** White noise, −1 to 1, as a function of its place (integer hash of Wellons' lowbias32). */
function noise(place: number): number {
  let hash = place | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 31 - 1;
}
