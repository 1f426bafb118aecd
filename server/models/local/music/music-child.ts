import { open } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { AUDIO_RATE_HZ } from '../../../media/formats.ts';
import { serveChildTask } from '../../../platform/child/serve-task.ts';
import { musicOrder } from './music-order.ts';
import { renderMusic } from './render-music.ts';
import { wavHeader } from './wav-header.ts';

serveChildTask(musicOrder, async ({ mood, seconds, seed, file }, { progress }) => {
  const frames = Math.round(seconds * AUDIO_RATE_HZ);
  await using out = await open(file, 'w');
  await out.write(wavHeader(frames));
  let written = 0;
  for (const pcm of renderMusic(mood, seconds, seed)) {
    await out.write(pcm);
    written += pcm.length / 4;
    progress(written / frames);
    await breathe();
  }
  await out.sync();
});
