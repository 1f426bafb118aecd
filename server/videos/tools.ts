import type { Compositor } from '../compose/compose.ts';
import type { MediaEngine } from '../media/media.ts';
import type { MakeMusic } from '../models/local/music/music.ts';
import type { Moderated, Moderation } from '../moderation/moderation.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Filming } from './filming.ts';

/** What the steps work with; chosen in the composition root. */
export type StepTools = Moderated & {
  readonly db: Database;
  readonly moderation: Moderation;
  readonly filming: Filming;
  readonly music: MakeMusic;
  readonly engine: MediaEngine;
  readonly compositor: Compositor;
};
