import type { SceneId } from '../../platform/ids.ts';
import type { FilmState, Scene } from '../film-state.ts';

/** The scene that a step of a scene works on; every such step is planned with one. */
export function sceneOf(film: FilmState, sceneId: SceneId | null): Scene {
  const scene = film.scenes.find(({ id }) => id === sceneId);
  if (!scene) throw new TypeError('A step of a scene was planned without its scene.');
  return scene;
}

export function isLastScene(film: FilmState, scene: Scene): boolean {
  return scene.position === film.scenes.length - 1;
}
