import { createHash } from 'node:crypto';

/** A chooser that always chooses alike for the same seed text. */
export function makeChooser(seed: string) {
  let turn = 0;
  return <T>(options: readonly [T, ...T[]]): T => {
    turn += 1;
    const digest = createHash('sha256').update(`${turn}:${seed}`).digest();
    return options[digest.readUInt32BE(0) % options.length] ?? options[0];
  };
}
export type Chooser = ReturnType<typeof makeChooser>;
