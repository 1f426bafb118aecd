/** A spoken track and where it begins in the film. */
export type PlacedVoice = { readonly file: string; readonly startSample: number };

export type SoundtrackPlan = {
  /** Exact length in samples at 48 kHz: a film's frames times 1600. */
  readonly samples: number;
  /** Ascending by start; a voice that would run into the next one is cut there. */
  readonly voices: readonly PlacedVoice[];
  readonly music: { readonly file: string } | null;
};

/** What was measured on the encoded track. Null loudness: nothing loud enough to measure (silence). */
export type Loudness = {
  readonly integratedLufs: number | null;
  readonly truePeakDbtp: number | null;
};
