/** The choices that make up how a film looks and sounds, apart from its footage. */

export const CAPTION_STYLES = ['pop', 'box', 'karaoke', 'plain'] as const;
export type CaptionStyle = (typeof CAPTION_STYLES)[number];

/** Encoder effort: x264 ultrafast, superfast, veryfast. */
export const PRESETS = ['draft', 'fast', 'default'] as const;
export type Preset = (typeof PRESETS)[number];

export const TRANSITIONS = ['cut', 'crossfade'] as const;
export type Transition = (typeof TRANSITIONS)[number];
