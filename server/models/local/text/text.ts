import type { Script, ScriptBrief, TextModel } from '../../models.ts';
import { topicIsLink, topicUnclear } from './errors.ts';
import { loadFrames } from './frames.ts';
import { findGuide, findSubject, type Guide, loadKnowledge, type Subject } from './knowledge.ts';
import { requireEnglish } from './language.ts';
import { loadTagger, nameEmoji, type Tagger, type Word } from './nouns.ts';
import { estimateSeconds } from './pace.ts';
import { makeChooser } from './random.ts';
import { readTopic, type Topic } from './topic.ts';
import { nounPhrases, visualsOf } from './visuals.ts';
import { ADVICE, writeFramed } from './write-framed.ts';
import { countedIn, writeDuel, writeGuide, writeKnown } from './write-known.ts';
import { writeOwnText } from './write-text.ts';

/**
 * The writer that needs no key: frames by genre and a small store of sure facts. It says what is true or
 * asks; it never invents. The same brief gives the same script. English only.
 *
 * Rejects with `language_not_written`, `topic_is_link` or `topic_unclear` (kind `invalid`).
 */
export function makeLocalTextModel(): TextModel {
  return {
    id: 'local/templates-2',
    async writeScript(brief, { signal }) {
      signal.throwIfAborted();
      const words = await wordsOf(brief.topic);
      requireEnglish(words, brief.language);
      const tag = await loadTagger();
      signal.throwIfAborted();
      return write({ ...brief, topic: words }, tag);
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

async function write(brief: ScriptBrief, tag: Tagger): Promise<Script> {
  const knowledge = await loadKnowledge();
  const topic = inSentence(
    readTopic(brief.topic, (text) => isSentence(text, tag)),
    tag,
    knowledge.commonWords,
  );
  const { title, form } = topic;
  const choose = makeChooser(brief.topic);
  if (form.kind === 'text') return ownScript(title, brief.topic, tag);
  const tagged = tag(brief.topic.replace(/[“”"]/gu, '').toLowerCase());
  const know = (words: string) => findSubject(tag(words.toLowerCase()), knowledge.subjects);
  if (form.kind === 'versus') {
    const [first, second] = [know(form.first), know(form.second)];
    if (first && second && first !== second) {
      const scenes = writeDuel([first, second], title, brief.seconds);
      return { title, scenes, notice: noticeFor(scenes, brief.seconds, FACTS_NOTICE) };
    }
  }
  const subject = takesFacts(topic) ? subjectOf(topic, tagged, tag, knowledge.subjects) : null;
  const guide = subject ? null : guideOf(topic, knowledge.guides);
  if (subject || guide) {
    const asked = tagged.map(({ text }) => text);
    const scenes = subject
      ? writeKnown(topic, subject, asked, brief.seconds, choose)
      : guide
        ? writeGuide(topic, guide, brief.seconds, choose)
        : [];
    return {
      title: countedTitle(topic, scenes.length - 2, `facts about ${subject?.about ?? ''}`),
      scenes,
      notice: noticeFor(scenes, brief.seconds, FACTS_NOTICE),
    };
  }
  const scenes = writeFramed({ title, form }, mainThing(topic, tag), brief.seconds, {
    choose,
    frames: await loadFrames(),
  });
  const counted = countedTitle(topic, scenes.length - 2, `questions about ${topic.form.subject}`);
  return { title: counted, scenes, notice: noticeFor(scenes, brief.seconds, FRAME_NOTICE) };
}

/** The user's own words, a scene for every few of them. */
function ownScript(title: string, text: string, tag: Tagger): Script {
  const narrations = writeOwnText(text.replace(/\s+/gu, ' ').trim()).map(
    ({ narration }) => narration,
  );
  const visuals = visualsOf(title, narrations, tag);
  return {
    title,
    scenes: narrations.map((narration, index) => ({ narration, visual: visuals[index] ?? title })),
    notice:
      'The topic was long enough to be the script, so your own sentences are spoken. Set ARK_API_KEY for a script by a chat model.',
  };
}

function subjectOf(
  { form }: Topic,
  words: readonly Word[],
  tag: Tagger,
  known: readonly Subject[],
): Subject | null {
  if (form.kind !== 'thing') return findSubject(words, known);
  // Around a thing stands only "make a video about"; what stands behind a preposition is not what a
  // heading is about: "Plastic in the ocean".
  const heading = tag(form.subject.replace(/[“”"]/gu, '').toLowerCase());
  const behind = heading.findIndex(({ kind }) => kind === 'ADP');
  return findSubject(behind > 0 ? heading.slice(0, behind) : heading, known);
}

/** Advice is for those who ask how, for tips, or in two or three words such as "morning routine". */
function guideOf({ form, title }: Topic, known: readonly Guide[]): Guide | null {
  const asks =
    form.kind === 'how-to' ||
    (form.kind === 'list' && ADVICE.test(form.wanted)) ||
    ((form.kind === 'thing' || form.kind === 'statement') && title.split(' ').length <= 4);
  return asks ? findGuide(form.kind === 'how-to' ? form.action : title, known) : null;
}

const FACTS_NOTICE =
  'Written from built-in templates and a small store of facts, without a language model. Set ARK_API_KEY, or bring your own script with --script FILE.';
const FRAME_NOTICE =
  'Written from built-in templates, which know nothing about this topic and only ask about it. Set ARK_API_KEY for a researched script, or bring your own with --script FILE.';

function noticeFor(
  scenes: readonly { readonly narration: string }[],
  seconds: number,
  notice: string,
): string {
  const length = estimateSeconds(scenes.map(({ narration }) => narration));
  if (length >= seconds * 0.75) return notice;
  return `${notice} The templates fill about ${Math.round(length)} of the ${seconds} seconds asked for.`;
}

/** "10 facts about Mars" with six told is "6 facts about Mars"; what is no list of its own says what it is. */
function countedTitle({ title, form }: Topic, told: number, instead: string): string {
  if (form.kind !== 'list') return title;
  const kept = /^(?:fact|thing)s?$/.test(form.wanted) || ADVICE.test(form.wanted);
  if (!kept) return `${told} ${instead}`;
  return form.count === told ? title : countedIn(title, told);
}

/** Advice and comparisons want an opinion, which facts about one subject are not. */
function takesFacts({ form }: Topic): boolean {
  if (form.kind === 'how-to' || form.kind === 'versus') return false;
  return form.kind !== 'list' || /^(?:fact|thing|secret|myth|question|reason)s?$/.test(form.wanted);
}

function isSentence(text: string, tag: Tagger): boolean {
  const words = tag(text.toLowerCase());
  // "Drink more water": an order is a sentence without a subject.
  if (words[0]?.kind === 'VERB' && !/ing$/i.test(words[0].text)) return true;
  const kinds = words.map(({ kind }) => kind);
  const verb = words.findIndex(
    ({ text, kind }) => kind === 'AUX' || (kind === 'VERB' && !/ing$/i.test(text)),
  );
  const naming = (kind: string) => ['NOUN', 'PROPN', 'PRON'].includes(kind);
  return verb > 0 && kinds.slice(0, verb).some(naming) && !/^\w+ing\b/i.test(text);
}

/** The parts that stand inside a sentence begin small unless their first word is a name. */
function inSentence(topic: Topic, tag: Tagger, common: ReadonlySet<string>): Topic {
  const small = (phrase: string) => {
    const heading = /^\p{Lu}\p{Ll}+(?:\s+\P{Lu}|$)/u.test(phrase);
    const first = phrase.split(' ')[0]?.toLowerCase() ?? '';
    const named = tag(phrase)[0]?.kind === 'PROPN' && !common.has(first);
    return heading && !named ? phrase.charAt(0).toLowerCase() + phrase.slice(1) : phrase;
  };
  const { form } = topic;
  if (form.kind === 'versus')
    return { ...topic, form: { ...form, first: small(form.first), second: small(form.second) } };
  if (form.kind === 'how-to') return { ...topic, form: { ...form, action: small(form.action) } };
  return { ...topic, form: { ...form, subject: small(form.subject) } };
}

/** What the pictures show: the topic's first noun, or all of a short topic. */
function mainThing({ form, title }: Topic, tag: Tagger): string {
  const subject = form.kind === 'versus' ? `${form.first} and ${form.second}` : form.subject;
  if (form.kind === 'versus' || (form.kind === 'thing' && subject.length <= 40)) return subject;
  const phrases = nounPhrases(tag(subject));
  return phrases[0] ?? nounPhrases(tag(title))[0] ?? 'an open road';
}
