import type { TimedScene } from './timeline.ts';

export type PicturesPlan = { readonly scenes: readonly TimedScene[]; readonly title: string };

/** The files written beside the film. */
export type Pictures = {
  readonly poster: string;
  readonly snapshots: readonly string[];
  readonly contactSheet: string;
};
