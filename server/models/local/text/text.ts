import type { TextModel, Usage } from '../../models.ts';
import { enhancePrompt } from './enhance-prompt.ts';
import { topicIsLink, topicUnclear } from './errors.ts';
import { requireEnglish } from './language.ts';
import { loadTagger, nameEmoji } from './nouns.ts';
import { understandTopic } from './understand-topic.ts';
import { visualsOf } from './visuals.ts';
import { writeIdeas } from './write-ideas.ts';
import { writeBrief } from './write-script.ts';

const FREE: Usage = { unit: 'tokens', units: 0, costMicroUsd: 0, reference: null };

/**
 * The writer that needs no key: frames by genre and a small store of sure facts. It says what is true or
 * asks; it never invents. The same brief gives the same script. English only; a wish for a tone is answered
 * in the notice.
 *
 * Rejects with `language_not_written`, `topic_is_link` or `topic_unclear` (kind `invalid`).
 */
export function makeLocalTextModel(): TextModel {
  return {
    id: 'local/templates-2',
    lane: null,
    estimate: () => FREE,
    async writeIdeas({ topic, count, language }, { signal }) {
      signal.throwIfAborted();
      const words = await wordsOf(topic);
      requireEnglish(words, language);
      const understood = await understandTopic(words, await loadTagger());
      signal.throwIfAborted();
      return writeIdeas(understood, count);
    },
    async enhancePrompt({ prompt }, { signal }) {
      signal.throwIfAborted();
      requireEnglish(prompt, 'en');
      return enhancePrompt(prompt, await loadTagger());
    },
    async writeScript(brief, { signal }) {
      signal.throwIfAborted();
      const words = await wordsOf(brief.topic);
      requireEnglish([words, brief.idea?.title, brief.idea?.hook].join(' '), brief.language);
      const tag = await loadTagger();
      signal.throwIfAborted();
      return writeBrief({ ...brief, topic: words }, tag);
    },
    async writeVisuals({ title, narrations }, { signal }) {
      signal.throwIfAborted();
      return visualsOf(title, narrations, await loadTagger());
    },
  };
}

/** The topic without links; one of emoji alone by the name of the first. */
async function wordsOf(topic: string): Promise<string> {
  const link = /(?:https?:\/\/|www\.)\S+/gi;
  const words = topic.replace(link, ' ').trim();
  if (/[\p{L}\p{N}]{2}/u.test(words)) return words;
  if (link.test(topic)) throw topicIsLink();
  for (const { segment } of new Intl.Segmenter('en').segment(words)) {
    const name = await nameEmoji(segment);
    if (name) return name;
  }
  throw topicUnclear();
}
