import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaptionTrack, drawStrips } from './captions/captions.ts';
import type { StripInput } from './segment-graph.ts';
import type { Segment } from './segments.ts';
import { sliceStates, stripList } from './strip-list.ts';

/** Draws the captions that a segment shows into `dir` and lists them for the engine. */
export async function writeStrips(
  captions: CaptionTrack,
  { fromFrame, frames }: Pick<Segment, 'fromFrame' | 'frames'>,
  dir: string,
): Promise<StripInput & { readonly list: string }> {
  const drawn = await drawStrips(captions, dir);
  const shown = sliceStates(drawn.states, fromFrame, frames);
  const list = join(dir, 'strips.ffconcat');
  await writeFile(list, stripList(shown, frames));
  return { list, y: drawn.y, startFrames: shown.map(({ startFrame }) => startFrame) };
}
