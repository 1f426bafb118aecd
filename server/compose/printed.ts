/** A frame on which a filter left notes, as `metadata` and `ametadata` print them. */
export type PrintedFrame = {
  readonly seconds: number;
  readonly notes: ReadonlyMap<string, string>;
};

/**
 * The frames in an engine's printed measures, in order. Lines that are neither a frame nor a note
 * are passed over, so that other words of the engine do no harm.
 */
export function readPrinted(text: string): readonly PrintedFrame[] {
  const frames: { seconds: number; notes: Map<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const frame = /frame:\d+\s+pts:\S+\s+pts_time:(\S+)/.exec(line);
    if (frame) {
      frames.push({ seconds: Number(frame[1]), notes: new Map() });
      continue;
    }
    const note = /(lavfi\.[\w.]+)=(\S+)/.exec(line);
    if (note?.[1] && note[2]) frames.at(-1)?.notes.set(note[1], note[2]);
  }
  return frames;
}

/** The last number printed under `key`, or null. */
export function lastNote(frames: readonly PrintedFrame[], key: string): number | null {
  const text = frames.findLast((frame) => frame.notes.has(key))?.notes.get(key);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
}

/** The frames that carry `key`: one graph may print both picture and sound. */
export function framesWith(frames: readonly PrintedFrame[], key: string): readonly PrintedFrame[] {
  return frames.filter(({ notes }) => notes.has(key));
}
