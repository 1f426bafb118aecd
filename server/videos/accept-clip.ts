import type { MediaCall, MediaEngine } from '../media/media.ts';
import { VendorProblem } from '../models/vendor-problem.ts';
import { Problem } from '../platform/problem.ts';

/**
 * A clip may be so much shorter than it was ordered. With the 0.8 s for which a scene holds the last frame of a kept
 * clip, its picture then still stands for less than the 1.5 s at which a film's check calls it frozen.
 */
const SHORT_BY_SECONDS = 0.5;

/**
 * The length of a clip as its model delivered it, in seconds. Refuses with `provider_clip_unusable` what no scene can be
 * made of: no moving picture, or far less of it than was ordered. Delivered again, it would be the same.
 */
export async function acceptClip(
  engine: MediaEngine,
  clip: string,
  orderedSeconds: number,
  call: MediaCall,
): Promise<number> {
  const { video } = await engine.probe(clip, call).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'media_rejected' ? unusableClip(error) : error;
  });
  if (video === null || video.seconds < orderedSeconds - SHORT_BY_SECONDS) throw unusableClip();
  return video.seconds;
}

function unusableClip(cause?: unknown): VendorProblem {
  return new VendorProblem({
    code: 'provider_clip_unusable',
    message:
      'The video model delivered a clip that cannot be played, or is far shorter than ordered.',
    action: 'Render again: the scene is filmed anew, and paid for anew.',
    recovery: 'fail',
    cause,
  });
}
