import type { ScriptScene } from '../../models.ts';
import { countWords } from './pace.ts';

const WORDS_A_SCENE = 18;

/** The user's own sentences as scenes: the topic was a text already. */
export function writeOwnText(text: string): readonly Omit<ScriptScene, 'visual'>[] {
  const pieces = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)].flatMap(
    ({ segment }) => atClauses(segment.trim()),
  );
  const scenes: string[] = [];
  for (const piece of pieces.filter((part) => countWords(part) > 0)) {
    const last = scenes.at(-1);
    if (last !== undefined && countWords(last) + countWords(piece) <= WORDS_A_SCENE)
      scenes[scenes.length - 1] = `${last} ${piece}`;
    else scenes.push(piece);
  }
  return scenes.map((narration) => ({ narration }));
}

function atClauses(sentence: string): readonly string[] {
  if (countWords(sentence) <= WORDS_A_SCENE * 1.3) return [sentence];
  return sentence.split(/(?<=[,;:])\s+/);
}
