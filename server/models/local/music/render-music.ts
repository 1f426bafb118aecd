import { AUDIO_RATE_HZ } from '../../../media/formats.ts';
import { type Block, playNote, soundingSeconds } from './instruments.ts';
import type { MusicMood } from './moods.ts';
import { makeRoom } from './room.ts';
import { type Note, writeScore } from './score.ts';

/** Samples rendered at a time: memory does not grow with the length of the piece. */
const BLOCK_SAMPLES = 8_192;

/** Brings each mood to about −20 LUFS integrated, measured with ffmpeg's ebur128 over five seeds of 30 s each: −18.5 to −21.2. */
const MOOD_GAIN: { readonly [Mood in MusicMood]: number } = {
  calm: 1.17,
  bright: 0.86,
  curious: 0.96,
  driving: 0.65,
};

/**
 * The piece in 16-bit little-endian stereo PCM at 48 kHz, block by block, `round(seconds · 48000)` frames
 * in all. The same mood, length and seed give the same bytes.
 */
export function* renderMusic(mood: MusicMood, seconds: number, seed: number): Generator<Buffer> {
  const frames = Math.round(seconds * AUDIO_RATE_HZ);
  const { notes } = writeScore(mood, seconds, seed);
  const room = makeRoom(AUDIO_RATE_HZ, 0.32, 0.8);
  const finish = makeFinish(frames, MOOD_GAIN[mood]);
  let sounding: Note[] = [];
  let next = 0;
  for (let from = 0; from < frames; from += BLOCK_SAMPLES) {
    const count = Math.min(BLOCK_SAMPLES, frames - from);
    const block = { left: new Float32Array(count), right: new Float32Array(count) };
    for (; next < notes.length; next += 1) {
      const note = notes[next];
      if (note === undefined || note.start * AUDIO_RATE_HZ >= from + count) break;
      sounding.push(note);
    }
    for (const note of sounding) playNote(note, block, from, AUDIO_RATE_HZ);
    sounding = sounding.filter(
      (note) => (note.start + soundingSeconds(note)) * AUDIO_RATE_HZ > from + count,
    );
    room(block);
    yield finish(block, from);
  }
}

const FADE_IN_SECONDS = 0.03;
const FADE_OUT_SECONDS = 2.5;

/** Takes DC away, fades both ends to silence, rounds off what would clip, and makes it 16 bit. */
function makeFinish(frames: number, gain: number): (block: Block, from: number) => Buffer {
  const sides = [makeHighPass(), makeHighPass()] as const;
  const fadeIn = Math.min(frames / 4, FADE_IN_SECONDS * AUDIO_RATE_HZ);
  const fadeOut = Math.min(frames / 2, FADE_OUT_SECONDS * AUDIO_RATE_HZ);
  return ({ left, right }, from) => {
    const pcm = Buffer.alloc(left.length * 4);
    for (let index = 0; index < left.length; index += 1) {
      const place = from + index;
      const ends = Math.min(1, place / fadeIn, (frames - 1 - place) / fadeOut);
      const level = gain * ends * ends * (3 - 2 * ends);
      pcm.writeInt16LE(toInt16(sides[0](left[index] ?? 0) * level), index * 4);
      pcm.writeInt16LE(toInt16(sides[1](right[index] ?? 0) * level), index * 4 + 2);
    }
    return pcm;
  };
}

/** One pole at 25 Hz. */
function makeHighPass(): (input: number) => number {
  const keep = Math.exp((-2 * Math.PI * 25) / AUDIO_RATE_HZ);
  let [before, out] = [0, 0];
  return (input) => {
    out = keep * (out + input - before);
    before = input;
    return out;
  };
}

/** Straight up to half scale, then bent so that it never reaches full scale. */
function toInt16(value: number): number {
  const size = Math.abs(value);
  const bent = size <= 0.5 ? size : 0.5 + 0.45 * Math.tanh((size - 0.5) / 0.45);
  return Math.round(Math.sign(value) * bent * 32_767);
}
