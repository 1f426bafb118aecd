import type { Brief } from '../contract.ts';

/** What a brief says, without ids: who a scene continues changes neither what is written nor whether it may be. */
export function wordsOf(brief: Brief) {
  if (brief.kind === 'topic') return brief;
  const scenes = brief.scenes.map(({ narration, visual }) => ({ narration, visual }));
  return { kind: brief.kind, title: brief.title, language: brief.language, scenes };
}
