import { planTimeline, type Timeline } from '../compose/compose.ts';
import type { FilmState } from './film-state.ts';

/** The film's clock, once every scene has its voice. */
export function timelineOf(film: FilmState): Timeline {
  return planTimeline(film.scenes.map((scene) => film.output('voice', scene.id).seconds));
}
