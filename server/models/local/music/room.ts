import type { Block } from './instruments.ts';

/** Delays of Schroeder's reverberator as Freeverb tunes them, at 44.1 kHz; the right side is a little longer. */
const COMBS = [1116, 1277, 1422, 1617];
const ALLPASSES = [556, 225];
const STEREO_SPREAD = 23;

/** A room: adds reverberation to blocks in their order. `share` of the room in the sound, `feedback` below 1. */
export function makeRoom(rate: number, share: number, feedback: number): (block: Block) => void {
  const [left, right] = [makeSide(rate, 0, feedback), makeSide(rate, STEREO_SPREAD, feedback)];
  return (block) => {
    for (let index = 0; index < block.left.length; index += 1) {
      const [dryLeft, dryRight] = [block.left[index] ?? 0, block.right[index] ?? 0];
      const sent = (dryLeft + dryRight) * 0.5;
      block.left[index] = dryLeft + share * left(sent);
      block.right[index] = dryRight + share * right(sent);
    }
  };
}

function makeSide(rate: number, spread: number, feedback: number): (input: number) => number {
  const samples = (delay: number) => Math.round(((delay + spread) * rate) / 44_100);
  const combs = COMBS.map((delay) => ({
    memory: new Float32Array(samples(delay)),
    place: 0,
    dull: 0,
  }));
  const allpasses = ALLPASSES.map((delay) => ({
    memory: new Float32Array(samples(delay)),
    place: 0,
  }));
  return (input) => {
    let sum = 0;
    for (const comb of combs) {
      const heard = comb.memory[comb.place] ?? 0;
      comb.dull = heard * 0.62 + comb.dull * 0.38;
      comb.memory[comb.place] = input + comb.dull * feedback;
      comb.place = comb.place + 1 === comb.memory.length ? 0 : comb.place + 1;
      sum += heard;
    }
    let out = sum * 0.25;
    for (const allpass of allpasses) {
      const heard = allpass.memory[allpass.place] ?? 0;
      allpass.memory[allpass.place] = out + heard * 0.5;
      allpass.place = allpass.place + 1 === allpass.memory.length ? 0 : allpass.place + 1;
      out = heard - out;
    }
    return out;
  };
}
