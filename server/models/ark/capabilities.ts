import type { Format } from '../../media/formats.ts';

/** What one of the vendor's video models takes; a field it does not take is refused, not ignored. */
export type VideoCapabilities = {
  /** Whole seconds that may be asked for. */
  readonly seconds: { readonly min: number; readonly max: number };
  readonly resolutions: readonly ('480p' | '720p' | '1080p' | '4k')[];
  /** Pictures of what should look the same; 0 where only a first frame is taken. */
  readonly references: number;
  /** With a first frame, `adaptive` is the only ratio that is taken. */
  readonly firstFrameSetsRatio: boolean;
  readonly seed: boolean;
  /** Takes `generate_audio`. Where it does it films with sound unless told not to. */
  readonly audio: boolean;
  /** Takes `return_last_frame`. */
  readonly lastFrame: boolean;
};

const SEEDANCE_2: VideoCapabilities = {
  seconds: { min: 4, max: 15 },
  resolutions: ['480p', '720p', '1080p', '4k'],
  references: 9,
  firstFrameSetsRatio: false,
  seed: true,
  audio: true,
  lastFrame: true,
};

const SEEDANCE_1_0: VideoCapabilities = {
  ...SEEDANCE_2,
  seconds: { min: 2, max: 12 },
  resolutions: ['480p', '720p', '1080p'],
  references: 0,
  audio: false,
};

/** By model id without its version date (ModelArk, create-task page, 2026-08; Seedance 2.5 guide, 2026-08). */
const CAPABILITIES: Readonly<Record<string, VideoCapabilities>> = {
  'dreamina-seedance-2-0': SEEDANCE_2,
  'dreamina-seedance-2-0-fast': { ...SEEDANCE_2, resolutions: ['480p', '720p'] },
  'dreamina-seedance-2-0-mini': { ...SEEDANCE_2, resolutions: ['480p', '720p'] },
  'dreamina-seedance-2-5': {
    ...SEEDANCE_2,
    seconds: { min: 4, max: 30 },
    resolutions: ['480p', '720p', '1080p'],
    references: 30,
    firstFrameSetsRatio: true,
  },
  'seedance-1-5-pro': {
    ...SEEDANCE_1_0,
    seconds: { min: 4, max: 12 },
    audio: true,
  },
  'seedance-1-0-pro': SEEDANCE_1_0,
  'seedance-1-0-pro-fast': SEEDANCE_1_0,
};

/** A model that is not in the table, or a custom endpoint (`ep-…`), is taken for a Seedance 2.0. */
export function videoCapabilities(model: string): VideoCapabilities {
  return CAPABILITIES[withoutVersion(model)] ?? SEEDANCE_2;
}

/** `seed-1-6` of `seed-1-6-250915`. */
export function withoutVersion(model: string): string {
  return model.replace(/-\d{6}$/, '');
}

export type Ratio = '9:16' | '16:9' | '1:1' | '3:4';

/** The vendor films no 4:5; 3:4 is the nearest that is taller, and the compositor crops it. */
export const RATIO: { readonly [F in Format]: Ratio } = {
  '9:16': '9:16',
  '16:9': '16:9',
  '1:1': '1:1',
  '4:5': '3:4',
};

/**
 * Pixels of a 720p clip, which every model films: enough under captions, at less than half the price of 1080p
 * (ModelArk, create-task page, 2026-08).
 */
export const RESOLUTION = '720p';
export const CLIP_SIZE: { readonly [R in Ratio]: { width: number; height: number } } = {
  '9:16': { width: 720, height: 1280 },
  '16:9': { width: 1280, height: 720 },
  '1:1': { width: 960, height: 960 },
  '3:4': { width: 834, height: 1112 },
};

/**
 * Chat models that hold to a JSON schema by themselves; with all others `response_format` is an error 400
 * (probed on the live service, 2026-07-31).
 */
const STRUCTURED: ReadonlySet<string> = new Set([
  'dola-seed-2-1-turbo-260628',
  'seed-2-0-pro-260328',
  'seed-2-0-lite-260228',
  'seed-2-0-mini-260215',
  'seed-1-8-251228',
  'seed-1-6-250915',
  'seed-1-6-250615',
  'seed-1-6-flash-250715',
  'seed-1-6-flash-250615',
  'glm-5-2-260617',
]);

export function holdsToSchema(model: string): boolean {
  return STRUCTURED.has(model);
}
