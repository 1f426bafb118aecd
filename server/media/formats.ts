/** Picture and sound measures that every film shares. */

export const FORMATS = ['9:16', '16:9', '1:1', '4:5'] as const;
export type Format = (typeof FORMATS)[number];

export type Size = { readonly width: number; readonly height: number };

/** Finished picture size in pixels. */
export const FRAME_SIZE: { readonly [F in Format]: Size } = {
  '9:16': { width: 1080, height: 1920 },
  '16:9': { width: 1920, height: 1080 },
  '1:1': { width: 1080, height: 1080 },
  '4:5': { width: 1080, height: 1350 },
};

/** Frames a second of every finished film. */
export const FILM_FPS = 30;
export const AUDIO_RATE_HZ = 48_000;
