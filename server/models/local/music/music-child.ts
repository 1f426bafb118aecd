import { open } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { AUDIO_RATE_HZ } from '../../../media/formats.ts';
import { wavHeader } from '../../../media/wav.ts';
import { serveChildTask } from '../../../platform/child/serve-task.ts';
import { musicOrder } from './music-order.ts';
import { renderMusic } from './render-music.ts';

const CHANNELS = 2;
/** A 16-bit sample for each channel. */
const FRAME_BYTES = 2 * CHANNELS;

serveChildTask(musicOrder, async ({ mood, seconds, seed, file }, { progress }) => {
  const frames = Math.round(seconds * AUDIO_RATE_HZ);
  await using out = await open(file, 'w');
  await out.write(
    wavHeader({ rateHz: AUDIO_RATE_HZ, channels: CHANNELS, dataBytes: frames * FRAME_BYTES }),
  );
  let written = 0;
  for (const pcm of renderMusic(mood, seconds, seed)) {
    await out.write(pcm);
    written += pcm.length / FRAME_BYTES;
    progress(written / frames);
    await breathe();
  }
  await out.sync();
});
