import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * What is said when nothing is known for certain about a topic: frames that ask, order and invite, and
 * claim nothing (`frames.json`). `{title}`, `{subject}`, `{action}`, `{first}`, `{second}`, `{count}` are
 * filled in the narration, `{thing}` (the topic's main noun) in the picture. No sentence makes a filled
 * word its subject or replaces it by a pronoun, so that singular, plural and names all read right.
 */
const beat = z.tuple([z.string(), z.string()]);
const beats = z.tuple([beat], beat);
const frame = z.strictObject({
  hooks: beats,
  /** Each is one way through, in order; a short film takes the first ones. */
  arcs: z.tuple([beats], beats),
  closes: beats,
});
const frames = z.strictObject({
  thing: frame,
  place: frame,
  'how-to': frame,
  advice: frame,
  list: frame,
  versus: frame,
  history: frame,
  reason: frame,
  question: frame,
  statement: frame,
});
export type Frame = z.infer<typeof frame>;
export type Frames = z.infer<typeof frames>;

let loading: Promise<Frames> | undefined;

/** The frames, read once. */
export function loadFrames(): Promise<Frames> {
  loading ??= readFile(new URL('./frames.json', import.meta.url), 'utf8').then((text) =>
    frames.parse(JSON.parse(text)),
  );
  return loading;
}
