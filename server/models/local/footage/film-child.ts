import { setImmediate as breathe } from 'node:timers/promises';
import { FILM_FPS } from '../../../media/formats.ts';
import { openFrameWriter } from '../../../media/frame-writer.ts';
import { serveChildTask } from '../../../platform/child/serve-task.ts';
import { drawOrder } from './clip-order.ts';
import { makeCollector } from './collect-garbage.ts';
import { prepareClip } from './draw-clip.ts';

/** Footage is encoded once more by the compositor, so this pass spends bytes rather than time. */
const CRF = 20;

const FRAMES_PER_COLLECTION = 4;

serveChildTask(drawOrder, async ({ request, file, ffmpegPath }, { progress }) => {
  const collect = makeCollector();
  const clip = await prepareClip(request);
  collect('major');
  const writer = await openFrameWriter({
    engine: ffmpegPath === null ? 'node-av' : { ffmpeg: ffmpegPath },
    file,
    size: { width: clip.width, height: clip.height },
    fps: FILM_FPS,
    preset: 'ultrafast',
    crf: CRF,
  });
  const frames = Math.round(request.seconds * FILM_FPS);
  for (let frame = 0; frame < frames; frame += 1) {
    await writer.write(clip.drawAt(frame / FILM_FPS).data());
    // The pixels of past frames are given back between turns of the event loop, 4 MB each.
    if (frame % FRAMES_PER_COLLECTION === 0) collect('minor');
    await breathe();
    progress((frame + 1) / frames);
  }
  return await writer.close();
});
