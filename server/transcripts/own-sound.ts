import { AUDIO_RATE_HZ } from '../media/formats.ts';
import type { MediaInfo, TranscodeTask } from '../media/media.ts';

/** What word clocks listen to. */
const CLOCK_RATE_HZ = 16_000;

/** The footage's sound as a captioned film carries it: 48 kHz stereo, otherwise as it is. */
export function keptSound(info: MediaInfo): string {
  return `${steadySound(info)},aformat=sample_fmts=fltp:sample_rates=${AUDIO_RATE_HZ}:channel_layouts=stereo`;
}

/** The task that writes the sound for the clock of the words: 16 kHz mono WAV of at most `maxSeconds`. */
export function clockTask(
  file: string,
  info: MediaInfo,
  { clock, maxSeconds }: { readonly clock: string; readonly maxSeconds: number },
): TranscodeTask {
  const heard = `atrim=duration=${maxSeconds},aformat=sample_rates=${CLOCK_RATE_HZ}:channel_layouts=mono`;
  return {
    inputs: [{ kind: 'media', file }],
    graph: `[0:a]${steadySound(info)},${heard}[clock]`,
    outputs: [{ file: clock, audio: { from: 'clock', encoding: { codec: 'pcm' } } }],
  };
}

/**
 * Sound whose time 0 is the first picture, as it is the captioned film's (of sound alone, its start);
 * gaps become silence, so that nothing slides.
 */
function steadySound({ video, audio }: MediaInfo): string {
  const start = Math.min(video?.startSeconds ?? 0, audio?.startSeconds ?? 0);
  const pictureStart = video ? Math.max(0, video.startSeconds - start) : 0;
  return [
    'aresample=async=1:first_pts=0',
    `atrim=start=${pictureStart.toFixed(6)}`,
    'asetpts=PTS-STARTPTS',
  ].join(',');
}
