import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { MusicMood } from './moods.ts';

export type Instrument = 'pad' | 'pluck' | 'bell' | 'bass' | 'kick' | 'hat';

/** One sound: when it starts and how long it is held (seconds), how high (MIDI), how loud, where (−1 left to 1 right). */
export type Note = {
  readonly instrument: Instrument;
  readonly start: number;
  readonly held: number;
  readonly pitch: number;
  readonly gain: number;
  readonly pan: number;
};

export type Score = { readonly notes: readonly Note[]; readonly beatsPerMinute: number };

type Style = {
  /** Beats a minute, lowest and highest. */
  readonly tempo: readonly [number, number];
  /** Semitones of the seven steps above the key note. */
  readonly scale: readonly number[];
  /** Chord roots as scale steps from 0, four bars each. */
  readonly verses: readonly (readonly number[])[];
  readonly lifts: readonly (readonly number[])[];
  /** Plucked eighths of a bar: chance that each sounds. */
  readonly pluck: readonly number[];
  readonly lead: 'pluck' | 'bell';
  /** Beats with a kick, and whether hats keep the offbeats. */
  readonly kick: readonly number[];
  readonly hats: boolean;
  readonly bass: readonly number[];
};

const MAJOR = [0, 2, 4, 5, 7, 9, 11];
const DORIAN = [0, 2, 3, 5, 7, 9, 10];
const MINOR = [0, 2, 3, 5, 7, 8, 10];

const STYLES: { readonly [Mood in MusicMood]: Style } = {
  calm: {
    tempo: [70, 80],
    scale: MAJOR,
    verses: [
      [0, 4, 5, 3],
      [0, 2, 3, 3],
      [5, 3, 0, 4],
    ],
    lifts: [
      [3, 0, 1, 4],
      [5, 4, 3, 3],
    ],
    pluck: [0.9, 0, 0.55, 0.3, 0.7, 0, 0.5, 0.35],
    lead: 'bell',
    kick: [],
    hats: false,
    bass: [0],
  },
  bright: {
    tempo: [100, 112],
    scale: MAJOR,
    verses: [
      [0, 3, 5, 4],
      [0, 4, 5, 3],
      [0, 5, 3, 4],
    ],
    lifts: [
      [3, 4, 2, 5],
      [3, 4, 0, 0],
    ],
    pluck: [1, 0.35, 0.8, 0.6, 0.3, 0.9, 0.5, 0.7],
    lead: 'pluck',
    kick: [0, 2],
    hats: true,
    bass: [0, 1.5, 2, 3.5],
  },
  curious: {
    tempo: [88, 98],
    scale: DORIAN,
    verses: [
      [0, 3, 0, 6],
      [0, 6, 3, 3],
      [0, 2, 3, 0],
    ],
    lifts: [
      [2, 6, 3, 3],
      [5, 6, 0, 0],
    ],
    pluck: [1, 0, 0.75, 0.25, 0, 0.85, 0.3, 0.5],
    lead: 'bell',
    kick: [0, 2.5],
    hats: true,
    bass: [0, 2.5],
  },
  driving: {
    tempo: [116, 126],
    scale: MINOR,
    verses: [
      [0, 5, 2, 6],
      [0, 0, 5, 6],
      [0, 3, 5, 6],
    ],
    lifts: [
      [3, 5, 0, 6],
      [5, 6, 0, 0],
    ],
    pluck: [1, 0.7, 0.8, 0.7, 0.9, 0.6, 0.8, 0.8],
    lead: 'pluck',
    kick: [0, 1, 2, 3],
    hats: true,
    bass: [0, 0.5, 1.5, 2, 2.5, 3.5],
  },
};

/** What plays in a stretch of four bars. */
type Part = { readonly name: 'intro' | 'verse' | 'lift' | 'rest'; readonly level: number };

/** The order of parts; what is longer goes round again from the second. */
const FORM: readonly Part[] = [
  { name: 'intro', level: 0.8 },
  { name: 'verse', level: 0.92 },
  { name: 'verse', level: 1 },
  { name: 'lift', level: 1.05 },
  { name: 'verse', level: 1 },
  { name: 'rest', level: 0.85 },
  { name: 'lift', level: 1.05 },
  { name: 'verse', level: 1 },
];

/** The last chord rings and fades this long, or a third of a very short piece. */
const ringSeconds = (seconds: number) => Math.min(4, seconds / 3);

const BEATS_PER_BAR = 4;

/**
 * Writes a piece of exactly this length: whole bars, stretched by a few per cent to fit, then the key
 * chord ringing out. The same mood, length and seed give the same piece.
 */
export function writeScore(mood: MusicMood, seconds: number, seed: number): Score {
  const style = STYLES[mood];
  const generator = xoroshiro128plus(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1));
  // Seeds that differ in few bits begin alike.
  for (let skipped = 0; skipped < 16; skipped += 1) generator.next();
  const chance = () => (generator.next() >>> 0) / 2 ** 32;
  const pick = <T>(items: readonly T[], other: T): T =>
    items[Math.floor(chance() * items.length)] ?? other;

  const wantedTempo = style.tempo[0] + chance() * (style.tempo[1] - style.tempo[0]);
  const played = seconds - ringSeconds(seconds);
  const bars = Math.max(1, Math.round((played * wantedTempo) / 60 / BEATS_PER_BAR));
  const barSeconds = played / bars;
  const beat = barSeconds / BEATS_PER_BAR;
  const key = 45 + Math.floor(chance() * 8);
  const verse = pick(style.verses, [0, 3, 4, 0]);
  const lift = pick(style.lifts, [3, 4, 0, 0]);
  const motif = Array.from({ length: 8 }, () => ({
    play: chance() < 0.5,
    step: Math.floor(chance() * 5),
  }));
  const order = Array.from({ length: 8 }, () => Math.floor(chance() * 4));
  const firstHits = style.pluck.map((likely) => chance() < likely);

  const pitchOf = (step: number, octave: number) =>
    key + 12 * (octave + Math.floor(step / 7)) + (style.scale[((step % 7) + 7) % 7] ?? 0);
  const notes: Note[] = [];
  const add = (
    instrument: Instrument,
    start: number,
    held: number,
    pitch: number,
    gain: number,
    pan = 0,
  ) => notes.push({ instrument, start, held, pitch, gain, pan });

  for (let bar = 0; bar < bars; bar += 1) {
    const part = partOf(Math.floor(bar / 4), bars);
    const start = bar * barSeconds;
    const chords = part.name === 'lift' ? lift : verse;
    const last = bar === bars - 1;
    const root = last && bars > 2 ? 4 : (chords[bar % 4] ?? 0);
    const human = () => 0.85 + 0.3 * chance();
    addPad(add, pitchOf, root, start, barSeconds * 1.04, 0.5 * part.level);
    if (part.name !== 'intro' || bar % 4 >= 2)
      for (const at of part.name === 'rest' ? [0] : style.bass)
        add(
          'bass',
          start + at * beat,
          beat * (style.bass.length > 3 ? 0.42 : 1.2),
          fold(pitchOf(root, -1), 33, 47),
          0.75 * part.level * human(),
        );
    for (const [eighth, sounds] of firstHits.entries()) {
      if (!sounds && !(part.name === 'lift' && chance() < 0.25)) continue;
      if (part.name === 'intro' && eighth % 2 === 1) continue;
      const tone = [0, 2, 4, 7][((order[eighth] ?? 0) + (bar % 2)) % 4] ?? 0;
      add(
        'pluck',
        start + eighth * beat * 0.5,
        beat,
        fold(pitchOf(root + tone, 1), 57, 79),
        0.42 * part.level * human(),
        eighth % 2 === 0 ? -0.35 : 0.35,
      );
    }
    if (part.name === 'lift' || (part.name === 'verse' && bar % 8 >= 4))
      for (const [eighth, { play, step }] of motif.entries())
        if (play && (eighth % 2 === 0 || bar % 2 === 1))
          add(
            style.lead,
            start + eighth * beat * 0.5,
            beat * 1.5,
            fold(pitchOf([0, 1, 2, 4, 5][step] ?? 0, 2), 69, 88),
            0.3 * part.level * human(),
            0.15,
          );
    if (part.name === 'verse' || part.name === 'lift') {
      for (const at of style.kick) add('kick', start + at * beat, 0.3, 36, 0.8 * human());
      if (style.hats)
        for (let half = 0; half < 8; half += 1)
          if (half % 2 === 1 || (part.name === 'lift' && chance() < 0.5))
            add(
              'hat',
              start + half * beat * 0.5,
              0.05,
              90,
              (half % 2 === 1 ? 0.3 : 0.16) * human(),
              0.25,
            );
    }
  }
  addPad(add, pitchOf, 0, played, ringSeconds(seconds), 0.6);
  add('bass', played, ringSeconds(seconds) * 0.8, fold(pitchOf(0, -1), 33, 47), 0.8);
  for (const [index, step] of [0, 2, 4, 7].entries())
    add(
      'pluck',
      played + index * beat * 0.12,
      beat * 3,
      fold(pitchOf(step, 1), 57, 79),
      0.45,
      -0.3 + index * 0.2,
    );
  notes.sort((a, b) => a.start - b.start);
  return { notes, beatsPerMinute: 60 / beat };
}

function partOf(index: number, bars: number): Part {
  const first: Part = { name: 'intro', level: 0.8 };
  if (bars < 6) return { name: 'verse', level: 1 };
  if (index < FORM.length) return FORM[index] ?? first;
  return FORM[1 + ((index - 1) % (FORM.length - 1))] ?? first;
}

type Add = (
  instrument: Instrument,
  start: number,
  held: number,
  pitch: number,
  gain: number,
  pan?: number,
) => void;

/** Root, third, fifth and ninth, close together and spread over the stereo field. */
function addPad(
  add: Add,
  pitchOf: (step: number, octave: number) => number,
  root: number,
  start: number,
  held: number,
  gain: number,
): void {
  for (const [index, step] of [0, 2, 4, 8].entries())
    add(
      'pad',
      start,
      held,
      fold(pitchOf(root + step, 1), 50, 69),
      gain * (index === 3 ? 0.45 : 0.8),
      -0.5 + index / 3,
    );
}

/** The pitch moved by octaves into a register. */
function fold(pitch: number, low: number, high: number): number {
  let moved = pitch;
  while (moved < low) moved += 12;
  while (moved > high) moved -= 12;
  return moved;
}
