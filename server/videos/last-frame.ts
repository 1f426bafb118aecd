import type { MediaCall, MediaEngine } from '../media/media.ts';

/** Near enough to the end that few frames are decoded, far enough that one is. */
const TAIL_SECONDS = 0.5;

/** Writes the last frame of a clip of that length as PNG, for a model that does not give it by itself. */
export async function takeLastFrame(
  engine: MediaEngine,
  { clip, seconds }: { readonly clip: string; readonly seconds: number },
  picture: string,
  call: MediaCall,
): Promise<void> {
  const seekSeconds = Math.max(0, seconds - TAIL_SECONDS);
  await engine.transcode(
    {
      inputs: [{ kind: 'media', file: clip, seekSeconds }],
      // Turned round, the last frame is the first; half a second of frames fits into memory.
      graph: '[0:v]reverse,format=rgb24[last]',
      outputs: [{ file: picture, video: { from: 'last', frames: 1, encoding: { codec: 'png' } } }],
    },
    call,
  );
}
