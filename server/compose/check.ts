import { AUDIO_RATE_HZ, FILM_FPS, type Size } from '../media/formats.ts';
import type { MediaInfo } from '../media/media.ts';
import { type CaptionedScene, captionBand, captionErrorMs } from './caption-timing.ts';
import {
  LOUDNESS_TOLERANCE_LU,
  MAX_TRUE_PEAK_DBTP,
  readLoudness,
  type SoundGoal,
  TARGET_LUFS,
} from './loudness.ts';
import { framesWith, type PrintedFrame } from './printed.ts';
import { LOUDNESS_GRAPH } from './soundtrack.ts';

/**
 * The check of a finished film: it is measured as a player would meet it, and what it should be is
 * known from the plan. A film that fails is never handed out.
 */

export type FilmExpectations = {
  readonly frames: number;
  readonly size: Size;
  /** As `makeSoundtrack` said of the film's track. */
  readonly sound: SoundGoal;
  /** `given` for a user's own recording: its black and still spans are reported, not judged. */
  readonly footage: 'filmed' | 'given';
  /** The captions of each scene that has them; words and captions timed from the scene's start. */
  readonly scenes: readonly CaptionedScene[];
};

type Span = readonly [startSeconds: number, endSeconds: number];

/** One measure of a finished film. `limit` says in words what is accepted. */
export type Measure = {
  readonly name: string;
  readonly value: number | string | boolean | null | readonly Span[];
  readonly limit: string;
  readonly ok: boolean;
};

export type CheckReport = { readonly ok: boolean; readonly measures: readonly Measure[] };

/** Black from this long on is a fault, not a blink between scenes. */
const BLACK_SECONDS = 0.5;
/** A clip held on its last frame longer than this looks broken. */
const FROZEN_SECONDS = 1.5;
/**
 * Mean difference under which two frames count as the same. Measured on the presets in use: the flicker
 * of a held frame stays below −56 dB, a 300 px shape that drifts by 12 px a second lies above −55 dB.
 */
const FROZEN_NOISE_DB = -56;
/** One AAC frame: 1024 samples, 21.3 ms. */
const AAC_FRAME_SECONDS = 1024 / AUDIO_RATE_HZ;
/** Lip-sync work puts the threshold of noticing near 80 ms (ITU-R BT.1359). */
const MAX_CAPTION_ERROR_MS = 80;
/** Half a time unit of the container (1/15360 s) is rounding, not drift. */
const TIME_DUST_SECONDS = 0.001;
/** Put on every frame, so that each one prints and the decoded frames can be counted. */
const FRAME_NOTE = 'lavfi.clipt.frame';

/**
 * A graph that decodes every frame once, small, and notes black and still spans. A frame's own note
 * makes each one print, so that the decoded frames are counted too. Near-true black only (4 % of the
 * range over 99 % of the picture): a night sky is dark, not broken.
 */
export function checkGraph(expected: FilmExpectations): string {
  const width = 180;
  const scale = width / expected.size.width;
  const height = 2 * Math.round((expected.size.height * scale) / 2);
  const band = captionBand(expected.scenes);
  const mask = band
    ? [
        `drawbox=x=0:y=${Math.floor(band.y * scale)}:w=iw:h=${Math.ceil(band.height * scale) + 1}:c=black:t=fill`,
      ]
    : [];
  const filters = [
    `scale=${width}:${height}:flags=area`,
    ...mask,
    `blackdetect=d=${BLACK_SECONDS}:pix_th=0.04:pic_th=0.99`,
    `freezedetect=n=${FROZEN_NOISE_DB}dB:d=${FROZEN_SECONDS}`,
    `metadata=mode=add:key=${FRAME_NOTE}:value=1`,
    'metadata=mode=print',
    'nullsink',
  ];
  return `[0:v]${filters.join(',')};${LOUDNESS_GRAPH}`;
}

/** Judges a film by its container and by what `checkGraph` printed of it. Pure. */
export function judgeFilm(
  info: MediaInfo,
  printed: readonly PrintedFrame[],
  expected: FilmExpectations,
): CheckReport {
  const picture = framesWith(printed, FRAME_NOTE);
  const sound = framesWith(printed, 'lavfi.r128.I');
  const measures = [
    ...judgeFrames(info, picture, expected),
    ...judgeStreams(info, expected),
    ...judgePicture(picture, expected),
    ...judgeSound(sound, expected),
    ...judgeCaptions(expected),
  ];
  return { ok: measures.every(({ ok }) => ok), measures };
}

function judgeFrames(
  info: MediaInfo,
  picture: readonly PrintedFrame[],
  expected: FilmExpectations,
): Measure[] {
  const offGrid = picture.filter(
    ({ seconds }, i) => Math.abs(seconds - i / FILM_FPS) > TIME_DUST_SECONDS,
  ).length;
  const seconds = expected.frames / FILM_FPS;
  const off = (info.video?.seconds ?? 0) - seconds;
  return [
    equal('frames', picture.length, expected.frames),
    equal('frames_off_the_clock', offGrid, 0),
    within('length_error_seconds', off, 0, TIME_DUST_SECONDS),
  ];
}

function judgeStreams(info: MediaInfo, { size }: FilmExpectations): Measure[] {
  const { video, audio } = info;
  const fps = video ? video.fps.numerator / video.fps.denominator : null;
  const startsApart = (audio?.startSeconds ?? Number.NaN) - (video?.startSeconds ?? Number.NaN);
  const endsApart = (audio?.seconds ?? Number.NaN) - (video?.seconds ?? Number.NaN);
  const colors = [
    video?.colorSpace,
    video?.colorPrimaries,
    video?.colorTransfer,
    video?.colorRange,
  ];
  return [
    equal('container', info.container, 'mp4'),
    equal('faststart', info.faststart, true),
    equal('video_codec', video?.codec ?? null, 'h264'),
    equal('video_profile', video?.profile ?? null, 'High'),
    equal('pixel_format', video?.pixelFormat ?? null, 'yuv420p'),
    equal('colors', colors.map((tag) => tag ?? 'none').join(' '), 'bt709 bt709 bt709 tv'),
    equal('size', `${video?.width ?? 0}x${video?.height ?? 0}`, `${size.width}x${size.height}`),
    equal('rotation_degrees', video?.rotationDegrees ?? null, 0),
    equal('fps', fps, FILM_FPS),
    equal('audio_codec', audio?.codec ?? null, 'aac'),
    equal('audio_rate_hz', audio?.sampleRateHz ?? null, AUDIO_RATE_HZ),
    equal('audio_channels', audio?.channels ?? null, 2),
    within('sound_start_offset_seconds', startsApart, 0, AAC_FRAME_SECONDS),
    within('sound_length_difference_seconds', endsApart, 0, AAC_FRAME_SECONDS + TIME_DUST_SECONDS),
  ];
}

function judgePicture(picture: readonly PrintedFrame[], expected: FilmExpectations): Measure[] {
  const end = expected.frames / FILM_FPS;
  const judged = expected.footage === 'filmed';
  const spans = (name: string, from: string, to: string, limit: string): Measure => {
    const value = readSpans(picture, from, to, end);
    return judged
      ? { name, value, limit, ok: value.length === 0 }
      : { name, value, limit: 'reported only: the footage is as it was given', ok: true };
  };
  return [
    spans('black_spans', 'lavfi.black_start', 'lavfi.black_end', `none of ${BLACK_SECONDS} s`),
    spans(
      'frozen_spans',
      'lavfi.freezedetect.freeze_start',
      'lavfi.freezedetect.freeze_end',
      `none of ${FROZEN_SECONDS} s`,
    ),
  ];
}

/** Spans between start and end notes; one that is still open reaches to the film's end. */
function readSpans(
  picture: readonly PrintedFrame[],
  startKey: string,
  endKey: string,
  filmEnd: number,
): readonly Span[] {
  const spans: Span[] = [];
  let start: number | null = null;
  for (const { notes } of picture) {
    const ends = notes.get(endKey);
    if (ends !== undefined && start !== null) {
      spans.push([start, Number(ends)]);
      start = null;
    }
    const starts = notes.get(startKey);
    if (starts !== undefined) start = Number(starts);
  }
  if (start !== null) spans.push([start, filmEnd]);
  return spans;
}

function judgeSound(sound: readonly PrintedFrame[], expected: FilmExpectations): Measure[] {
  const { integratedLufs, truePeakDbtp } = readLoudness(sound);
  const peakOk = truePeakDbtp === null || truePeakDbtp <= MAX_TRUE_PEAK_DBTP;
  const peak: Measure = {
    name: 'true_peak_dbtp',
    value: rounded(truePeakDbtp),
    limit: `at most ${MAX_TRUE_PEAK_DBTP}`,
    ok: peakOk,
  };
  return [judgeLoudness(integratedLufs, expected.sound), peak];
}

function judgeLoudness(lufs: number | null, goal: SoundGoal): Measure {
  const name = 'loudness_lufs';
  const value = rounded(lufs);
  switch (goal) {
    case 'target':
      return within(name, lufs, TARGET_LUFS, LOUDNESS_TOLERANCE_LU);
    case 'quieter': {
      const ok = lufs !== null && lufs <= TARGET_LUFS;
      return { name, value, limit: `at most ${TARGET_LUFS}: its peaks allow no more`, ok };
    }
    case 'undefined': {
      const limit = 'not defined: nothing reaches the gate of the standard for 400 ms';
      return { name, value, limit, ok: lufs === null };
    }
  }
}

function judgeCaptions({ scenes }: FilmExpectations): Measure[] {
  const errorMs = captionErrorMs(scenes);
  return errorMs === null ? [] : [within('caption_error_ms', errorMs, 0, MAX_CAPTION_ERROR_MS)];
}

function equal<T extends number | string | boolean>(
  name: string,
  value: T | null,
  wanted: T,
): Measure {
  return { name, value, limit: String(wanted), ok: value === wanted };
}

function within(name: string, value: number | null, wanted: number, tolerance: number): Measure {
  const ok = value !== null && Math.abs(value - wanted) <= tolerance;
  return { name, value: rounded(value), limit: `${wanted} ± ${rounded(tolerance)}`, ok };
}

/** Plain JSON has no NaN; a measure that could not be made is null. */
function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 1e4) / 1e4;
}
