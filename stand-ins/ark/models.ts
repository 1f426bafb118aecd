/** What one of the vendor's video models takes (ModelArk, create-task page, 2026-08; Seedance 2.5 guide, 2026-08). */
export type FilmModel = {
  /** Whole seconds; `chooses` where −1 leaves them to the model. */
  readonly seconds: { readonly min: number; readonly max: number; readonly chooses: boolean };
  readonly usualSeconds: number;
  readonly resolutions: readonly string[];
  readonly usualResolution: string;
  readonly references: {
    readonly images: number;
    readonly videos: number;
    readonly audios: number;
    /** Sound alone will do; else it needs a picture or a film besides. */
    readonly audioAlone: boolean;
  };
  readonly lastFrame: boolean;
  /** With a first frame, `adaptive` is the only ratio. */
  readonly framesSetRatio: boolean;
  /** Fields that only some models take; one that is not taken is refused. */
  readonly takes: readonly string[];
};

/** Fields that every model takes. */
export const COMMON_FIELDS: readonly string[] = [
  'model',
  'content',
  'ratio',
  'resolution',
  'duration',
  'seed',
  'watermark',
  'return_last_frame',
  'callback_url',
  'execution_expires_after',
  'safety_identifier',
];

const SEEDANCE_2: FilmModel = {
  seconds: { min: 4, max: 15, chooses: true },
  usualSeconds: 5,
  resolutions: ['480p', '720p', '1080p', '4k'],
  usualResolution: '720p',
  references: { images: 9, videos: 3, audios: 3, audioAlone: false },
  lastFrame: true,
  framesSetRatio: false,
  takes: ['generate_audio', 'priority', 'tools'],
};

const SEEDANCE_1_0: FilmModel = {
  seconds: { min: 2, max: 12, chooses: false },
  usualSeconds: 5,
  resolutions: ['480p', '720p', '1080p'],
  usualResolution: '1080p',
  references: { images: 0, videos: 0, audios: 0, audioAlone: false },
  lastFrame: true,
  framesSetRatio: false,
  takes: ['service_tier', 'camera_fixed', 'frames'],
};

const FILM_MODELS: Readonly<Record<string, FilmModel>> = {
  'dreamina-seedance-2-0-260128': SEEDANCE_2,
  'dreamina-seedance-2-0-fast-260128': { ...SEEDANCE_2, resolutions: ['480p', '720p'] },
  'dreamina-seedance-2-0-mini-260615': { ...SEEDANCE_2, resolutions: ['480p', '720p'] },
  'dreamina-seedance-2-5-260628': {
    ...SEEDANCE_2,
    seconds: { min: 4, max: 30, chooses: true },
    usualSeconds: -1,
    resolutions: ['480p', '720p', '1080p'],
    references: { images: 30, videos: 10, audios: 10, audioAlone: true },
    framesSetRatio: true,
    takes: ['generate_audio', 'priority', 'output_format', 'draft'],
  },
  'seedance-1-5-pro-251215': {
    ...SEEDANCE_1_0,
    seconds: { min: 4, max: 12, chooses: true },
    usualResolution: '720p',
    takes: ['generate_audio', 'service_tier', 'camera_fixed', 'draft'],
  },
  'seedance-1-0-pro-250528': SEEDANCE_1_0,
  'seedance-1-0-pro-fast-251015': { ...SEEDANCE_1_0, lastFrame: false },
};

/** An endpoint of the account's own (`ep-…`) stands for a Seedance 2.0. Null for a name that is none. */
export function filmModel(name: string): FilmModel | null {
  if (/^ep-[\w-]+$/.test(name)) return SEEDANCE_2;
  return Object.hasOwn(FILM_MODELS, name) ? (FILM_MODELS[name] ?? null) : null;
}

export const FILM_MODEL_NAMES: readonly string[] = Object.keys(FILM_MODELS);

export const RATIOS = ['16:9', '9:16', '4:3', '3:4', '1:1', '21:9'] as const;
export type Ratio = (typeof RATIOS)[number];
export type Size = { readonly width: number; readonly height: number };

/** Width and height by resolution, in the order of the ratios. 4:3, 3:4 and 21:9 in 480p and 4k are not on the page. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  '480p': ['864x496', '496x864', '752x560', '560x752', '640x640', '992x432'],
  '720p': ['1280x720', '720x1280', '1112x834', '834x1112', '960x960', '1470x630'],
  '1080p': ['1920x1080', '1080x1920', '1664x1248', '1248x1664', '1440x1440', '2206x946'],
  '4k': ['3840x2160', '2160x3840', '3328x2496', '2496x3328', '2880x2880', '4412x1892'],
};
/** Seedance 2.5 differs in these two alone. */
const SIZES_2_5: Readonly<Record<string, string>> = { '16:9': '854x480', '9:16': '480x854' };

export function pixelSize(model: string, resolution: string, ratio: Ratio): Size {
  const own =
    model.includes('seedance-2-5') && resolution === '480p' ? SIZES_2_5[ratio] : undefined;
  const text = own ?? SIZES[resolution]?.[RATIOS.indexOf(ratio)] ?? '1280x720';
  const [width = 1280, height = 720] = text.split('x').map(Number);
  return { width, height };
}

/** The ratio that a picture is nearest to. */
export function nearestRatio({ width, height }: Size): Ratio {
  const distance = (ratio: Ratio) => {
    const [across = 1, down = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log(width / height) - Math.log(across / down));
  };
  return RATIOS.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
}
