import { findGuide, findSubject, type Guide, loadKnowledge, type Subject } from './knowledge.ts';
import type { Tagger, Word } from './nouns.ts';
import { readTopic, type Topic } from './topic.ts';
import { nounPhrases } from './visuals.ts';
import { ADVICE } from './write-framed.ts';

/** A topic as it is read, and what is known of it. */
export type Understood = {
  readonly topic: Topic;
  /** The topic's words, in small letters. */
  readonly asked: readonly string[];
  /** Both sides of a comparison, where both are known. */
  readonly rivals: readonly [Subject, Subject] | null;
  readonly subject: Subject | null;
  /** Only where there is no subject. */
  readonly guide: Guide | null;
};

/** Reads a topic in English, and looks for what it is about among what is known. */
export async function understandTopic(text: string, tag: Tagger): Promise<Understood> {
  const knowledge = await loadKnowledge();
  const topic = inSentence(
    readTopic(text, (part) => isSentence(part, tag)),
    tag,
    knowledge.commonWords,
  );
  const tagged = tag(text.replace(/[“”"]/gu, '').toLowerCase());
  const asked = tagged.map(({ text }) => text);
  if (topic.form.kind === 'text') return { topic, asked, rivals: null, subject: null, guide: null };
  const subject = takesFacts(topic) ? subjectOf(topic, tagged, tag, knowledge.subjects) : null;
  return {
    topic,
    asked,
    rivals: rivalsOf(topic, (words) => findSubject(tag(words.toLowerCase()), knowledge.subjects)),
    subject,
    guide: subject ? null : guideOf(topic, knowledge.guides),
  };
}

function rivalsOf(
  { form }: Topic,
  know: (words: string) => Subject | null,
): readonly [Subject, Subject] | null {
  if (form.kind !== 'versus') return null;
  const [first, second] = [know(form.first), know(form.second)];
  return first && second && first !== second ? [first, second] : null;
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
export function mainThing({ form, title }: Topic, tag: Tagger): string {
  const subject = form.kind === 'versus' ? `${form.first} and ${form.second}` : form.subject;
  if (form.kind === 'versus' || (form.kind === 'thing' && subject.length <= 40)) return subject;
  const phrases = nounPhrases(tag(subject));
  return phrases[0] ?? nounPhrases(tag(title))[0] ?? 'an open road';
}
