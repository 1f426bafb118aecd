import type { VideoInfo } from '../media/media.ts';

/** The longest side that is kept. */
const MAX_VIDEO_SIDE = 1920;
const MAX_IMAGE_SIDE = 4096;

/**
 * Rates that the engine counts in whole ticks of its MP4 clock. A video gets the first that is not lower than its
 * own (29.97 becomes 30, 25 becomes 30, 50 becomes 60), so that below 60 no picture of it is lost.
 */
const RATES = [10, 12, 15, 20, 24, 30, 48, 60] as const;
/** 23.976, 29.97 and 59.94 differ from the whole rate by a thousandth. */
const RATE_SLACK = 1.002;

export function keptRate({ fps: { numerator, denominator } }: VideoInfo): number {
  const own = denominator > 0 && numerator > 0 ? numerator / denominator : 30;
  return RATES.find((rate) => rate * RATE_SLACK >= own) ?? 60;
}

/** What of a video is kept: so many frames at so many a second, from the beginning of its file. */
export type Kept = { readonly fps: number; readonly frames: number };

/**
 * Filters from any video to `frames` frames (and a spare one, which old engines drop), the last picture held where
 * the video is shorter: square pixels, even sides of at most 1920, 8-bit BT.709.
 */
export function videoFilters(video: VideoInfo, { fps, frames }: Kept): string {
  return [
    `fps=${fps}:start_time=0`,
    ...toHouseColors(video),
    'format=yuv420p',
    'tpad=stop=-1:stop_mode=clone',
    // Held without end, the picture would keep the sound from its turn.
    `trim=end_frame=${frames + 1}`,
  ].join(',');
}

/** Filters from a picture to one with square pixels and sides of at most 4096. */
export function imageFilters(turn: readonly string[]): string {
  return [...turn, `scale=${shrunkTo(MAX_IMAGE_SIDE, 1)}`, 'setsar=1'].join(',');
}

/** Sides in whole steps, scaled down where the longer one is too long; shown width and height are what counts. */
function shrunkTo(maxSide: number, step: 1 | 2): string {
  const share = `min(1\\,${maxSide}/max(iw*sar\\,ih))`;
  const side = (length: string) => `max(${step}\\,${step}*floor(${length}*${share}/${step}+0.001))`;
  return `w=${side('iw*sar')}:h=${side('ih')}:flags=bicubic`;
}

function toHouseColors(video: VideoInfo): readonly string[] {
  const size = shrunkTo(MAX_VIDEO_SIDE, 2);
  if (video.colorTransfer === 'smpte2084' || video.colorTransfer === 'arib-std-b67') {
    // Phones film in HLG by default; without this their films look grey and flat.
    return [
      `scale=${size}`,
      'setsar=1',
      `zscale=tin=${video.colorTransfer}:min=2020_ncl:pin=2020:t=linear:npl=100`,
      'format=gbrpf32le',
      'zscale=p=709',
      'tonemap=tonemap=hable:desat=0',
      'zscale=t=709:m=709:r=limited',
    ];
  }
  const range = video.colorRange === 'pc' ? ':in_range=full' : '';
  const colors = `in_color_matrix=${matrixOf(video)}:out_color_matrix=bt709${range}:out_range=limited`;
  return [`scale=${size}:${colors}`, 'setsar=1'];
}

/** Where a file does not say, players take large pictures for BT.709 and small ones for BT.601. */
function matrixOf({ colorSpace, width, height }: VideoInfo): 'bt709' | 'bt601' | 'bt2020' {
  if (colorSpace === 'bt709') return 'bt709';
  if (colorSpace?.startsWith('bt2020')) return 'bt2020';
  if (colorSpace === 'smpte170m' || colorSpace === 'bt470bg') return 'bt601';
  return Math.max(width, height) >= 1280 || height > 576 ? 'bt709' : 'bt601';
}
