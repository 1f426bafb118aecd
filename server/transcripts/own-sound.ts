import { AUDIO_RATE_HZ } from '../media/formats.ts';
import type { MediaInfo, TranscodeTask } from '../media/media.ts';

/** What word clocks listen to. */
const CLOCK_RATE_HZ = 16_000;
const BITRATE_KBPS = 192;

/**
 * The task that takes the sound out of footage in one pass: `clock`, 16 kHz mono WAV for the words' times,
 * and, for footage with a picture, `sound` as the captioned film will carry it. Time 0 of both is the
 * first picture (of sound alone, its start): gaps become silence, so that nothing slides.
 */
export function soundTask(
  file: string,
  { video, audio }: MediaInfo,
  { clock, sound, maxSeconds }: { clock: string; sound: string; maxSeconds: number },
): TranscodeTask {
  const start = Math.min(video?.startSeconds ?? 0, audio?.startSeconds ?? 0);
  const pictureStart = video ? Math.max(0, video.startSeconds - start) : 0;
  const steady = [
    'aresample=async=1:first_pts=0',
    `atrim=start=${pictureStart.toFixed(6)}:duration=${maxSeconds}`,
    'asetpts=PTS-STARTPTS',
  ].join(',');
  const heard = `aformat=sample_rates=${CLOCK_RATE_HZ}:channel_layouts=mono`;
  const kept = `aformat=sample_fmts=fltp:sample_rates=${AUDIO_RATE_HZ}:channel_layouts=stereo`;
  const clockOutput = {
    file: clock,
    audio: { from: 'clock', encoding: { codec: 'pcm' } },
  } as const;
  const inputs = [{ kind: 'media', file }] as const;
  if (!video) return { inputs, graph: `[0:a]${steady},${heard}[clock]`, outputs: [clockOutput] };
  const encoding = { codec: 'aac', bitrateKbps: BITRATE_KBPS } as const;
  return {
    inputs,
    graph: `[0:a]${steady},asplit[a][b];[a]${heard}[clock];[b]${kept}[sound]`,
    outputs: [clockOutput, { file: sound, audio: { from: 'sound', encoding } }],
  };
}
