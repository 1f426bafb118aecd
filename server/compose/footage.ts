import { FILM_FPS, type Size } from '../media/formats.ts';
import type { VideoInfo } from '../media/media.ts';

/** What of a clip is shown: `frames` film frames from film frame `fromFrame` of the clip on. */
export type Shown = { readonly size: Size; readonly fromFrame: number; readonly frames: number };

/**
 * FFmpeg 5.1 ends an overlaid stream at the time of its last frame instead of after it, and then drops
 * that frame; with one to spare, the encoder stops at the planned count on every version.
 */
const SPARE_FRAMES = 1;

/**
 * The filters that turn any clip into `frames` frames (and a spare one) of `size` at the film's rate: filled
 * and cropped to the centre, square pixels, 8-bit 4:2:0 BT.709, the last frame held where the clip
 * is too short. Scaling runs on whichever side of the rate change has fewer frames to scale.
 */
export function footageChain(clip: VideoInfo, shown: Shown): string {
  const fit = [...fitFilters(clip, shown.size)];
  const cut = [
    `fps=${FILM_FPS}`,
    // Frames, not seconds: held without end, then counted off, so no source rate can drift.
    'tpad=stop=-1:stop_mode=clone',
    `trim=start_frame=${shown.fromFrame}:end_frame=${shown.fromFrame + shown.frames + SPARE_FRAMES}`,
    'setpts=PTS-STARTPTS',
  ];
  const first = ['setpts=PTS-STARTPTS'];
  const chain = scalesFirst(clip, shown) ? [...first, ...fit, ...cut] : [...first, ...cut, ...fit];
  return chain.join(',');
}

/** Scaling 24 frames and doubling some costs less than scaling 30; a late cut or a fast clip turns that around. */
function scalesFirst(clip: VideoInfo, shown: Shown): boolean {
  const rate = clip.fps.numerator / clip.fps.denominator;
  const scaledFirst = ((shown.fromFrame + shown.frames) * rate) / FILM_FPS;
  return scaledFirst <= shown.frames;
}

function fitFilters(clip: VideoInfo, { width, height }: Size): readonly string[] {
  // Even sizes that cover the frame at the clip's display aspect; the 0.001 absorbs float dust,
  // which would make 1080 into 1082.
  const cover = [
    `w=2*ceil(max(${width}\\,${height}*dar)/2-0.001)`,
    `h=2*ceil(max(${height}\\,${width}/dar)/2-0.001)`,
    'flags=bicubic',
  ];
  const crop = `crop=${width}:${height}`;
  if (isHighDynamicRange(clip)) {
    return [`scale=${cover.join(':')}`, crop, 'setsar=1', ...toneMap(clip), 'format=yuv420p'];
  }
  const colors = [
    `in_color_matrix=${matrixOf(clip)}`,
    'out_color_matrix=bt709',
    ...(clip.colorRange === 'pc' ? ['in_range=full'] : []),
    'out_range=limited',
  ];
  return [`scale=${[...cover, ...colors].join(':')}`, crop, 'setsar=1', 'format=yuv420p'];
}

/**
 * The matrix a clip was made with. Most generated clips carry no tag: players then take HD for BT.709
 * and smaller pictures for BT.601, and so do we; swscale's own guess would be BT.601 for all.
 */
function matrixOf(clip: VideoInfo): 'bt709' | 'bt601' | 'bt2020' {
  const space = clip.colorSpace ?? '';
  if (space === 'bt709') return 'bt709';
  if (space.startsWith('bt2020')) return 'bt2020';
  if (space === 'smpte170m' || space === 'bt470bg') return 'bt601';
  return Math.max(clip.width, clip.height) >= 1280 || clip.height > 576 ? 'bt709' : 'bt601';
}

const HDR_TRANSFERS = ['smpte2084', 'arib-std-b67'];

function isHighDynamicRange(clip: VideoInfo): boolean {
  return HDR_TRANSFERS.includes(clip.colorTransfer ?? '');
}

/** Phones film in HLG by default; without this their clips look grey and flat. */
function toneMap(clip: VideoInfo): readonly string[] {
  return [
    `zscale=tin=${clip.colorTransfer}:min=2020_ncl:pin=2020:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=709:m=709:r=limited',
  ];
}
