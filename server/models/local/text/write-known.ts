import type { ScriptScene } from '../../models.ts';
import { type Fact, type Guide, rankFacts, type Subject } from './knowledge.ts';
import { fitBeats } from './pace.ts';
import type { Chooser } from './random.ts';
import { capital, numberWord, type Topic } from './topic.ts';

export const LIST_STRETCH = 1.35;

type Beat = { readonly say: string; readonly see: string };

/** A script of true facts about a known subject, those that answer the topic first. */
export function writeKnown(
  topic: Topic,
  subject: Subject,
  asked: readonly string[],
  seconds: number,
  choose: Chooser,
): readonly ScriptScene[] {
  const { form, title } = topic;
  const { facts, answering } = rankFacts(subject, asked);
  const asks = form.kind === 'reason' || form.kind === 'question' || form.kind === 'statement';
  const numbered = form.kind === 'list';
  // A question that no fact answers is told so.
  const lead = answering > 0 ? subject.hook : `Here is what is certain about ${subject.about}.`;
  const hook = asks ? askedHook(title, form.kind, answering >= 2, lead) : subject.hook;
  const opening = numbered ? `${title}. ${subject.hook}` : hook;
  const wanted = form.kind === 'list' ? Math.min(form.count, facts.length) : facts.length;
  const beats = fitting(facts.slice(0, wanted), numbered, seconds, opening);
  // A list tells as many as it promised.
  const left = numbered
    ? undefined
    : facts.slice(beats.length).find(({ say }) => say.length <= LONGEST_EXTRA);
  return scenes(
    numbered ? opening.replace(title, countedIn(title, beats.length)) : opening,
    subject.scene,
    beats,
    numbered,
    closing(subject, left, choose),
  );
}

/** A script of advice that nobody would argue with, in the order of the guide. */
export function writeGuide(
  topic: Topic,
  guide: Guide,
  seconds: number,
  choose: Chooser,
): readonly ScriptScene[] {
  const { form, title } = topic;
  const numbered = form.kind === 'list';
  const mark = /[?!…]$/.test(title) ? '' : '.';
  const hook = form.kind === 'thing' ? guide.hook : `${title}${mark} ${guide.hook}`;
  const wanted = form.kind === 'list' ? Math.min(form.count, guide.tips.length) : guide.tips.length;
  const beats = fitting(guide.tips.slice(0, wanted), numbered, seconds, hook);
  const say = choose<string>([
    'Pick one of these, and start today. Which one will it be?',
    'Which one do you try first? Tell us in the comments, and save this for later.',
    'What works for you? Add your own tip in the comments.',
  ]);
  const see = `Speech bubbles and ${lower(guide.scene)}`;
  const counted = numbered ? hook.replace(title, countedIn(title, beats.length)) : hook;
  return scenes(counted, guide.scene, beats, numbered, { say, see });
}

/** Two known subjects in turns, one fact each, and a vote. */
export function writeDuel(
  [first, second]: readonly [Subject, Subject],
  title: string,
  seconds: number,
): readonly ScriptScene[] {
  const both = (one: string, other: string) => `${capital(one)} versus ${other}, face to face`;
  const turns: Beat[] = [];
  for (const [index, fact] of first.facts.entries()) {
    const answer = second.facts[index];
    if (!answer) break;
    turns.push({ say: `${turnName(index, first.about)} ${fact.say}`, see: fact.see });
    turns.push({ say: `${turnName(index, second.about)} ${answer.say}`, see: answer.see });
  }
  const hook = `${title.replace(/\bvs\.?(?=\s)/i, 'versus')}. Pick a side now, and see whether you keep it.`;
  const [names, others] = [bare(first.about), bare(second.about)];
  const close = `So, ${first.about} or ${second.about}? One vote each, in the comments.`;
  // Four turns are the least that is a duel.
  const beats = fitBeats(turns, seconds * LIST_STRETCH, [hook, close]);
  const fair = beats.length % 2 === 0 ? beats : beats.slice(0, -1);
  return scenes(hook, both(names, others), fair, false, {
    say: close,
    see: `A ballot box with ${names} and ${others}`,
  });
}

const turnName = (index: number, about: string): string =>
  index === 0 ? `In this corner, ${about}.` : `${capital(about)} again.`;

const bare = (about: string): string => about.replace(/^the /, '');
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** A fact that is told as an extra at the end is not longer than this, in characters. */
const LONGEST_EXTRA = 95;
/** As long as an end is, before it is known which. */
const PLAIN_CLOSE = 'One more before you go. It is over before you notice. Did you know that one?';

function fitting(
  all: readonly Beat[],
  numbered: boolean,
  seconds: number,
  hook: string,
): readonly Beat[] {
  // Who asks for seven facts would rather have seven than an exact length.
  return fitBeats(all, numbered ? seconds * LIST_STRETCH : seconds, [hook, PLAIN_CLOSE]);
}

function scenes(
  hook: string,
  scene: string,
  beats: readonly Beat[],
  numbered: boolean,
  close: Beat,
): readonly ScriptScene[] {
  return [
    { narration: hook, visual: scene },
    ...beats.map(({ say, see }, index) => ({
      narration: numbered ? `${capital(numberWord(index + 1))}. ${say}` : say,
      visual: see,
    })),
    { narration: close.say, visual: close.see },
  ];
}

/** The number that a heading begins with becomes the number that is told. */
export function countedIn(title: string, told: number): string {
  return title.replace(
    /^((?:(?:top|the|my|our)\s+)?)(\d+|\p{L}+)/iu,
    (_, before: string, number: string) =>
      before + (/\d/.test(number) ? `${told}` : capital(numberWord(told))),
  );
}

function closing(subject: Subject, left: Fact | undefined, choose: Chooser): Beat {
  const { about, scene } = subject;
  if (left)
    return {
      say: choose<string>([
        `And one more. ${left.say} Did you know that?`,
        `Before you go. ${left.say} Which of these is new to you?`,
        `One last thing. ${left.say} Who should hear that today?`,
      ]),
      see: left.see,
    };
  return {
    say: choose<string>([
      'Which of these did you already know? Tell us in the comments.',
      `What would you still like to know about ${about}? Ask below.`,
      'Which one will you tell somebody today?',
    ]),
    see: `Speech bubbles and ${lower(scene)}`,
  };
}

function askedHook(
  title: string,
  kind: 'reason' | 'question' | 'statement',
  answered: boolean,
  hook: string,
): string {
  const mark = /[?!…]$/.test(title) ? '' : kind === 'question' ? '?' : '.';
  if (kind === 'statement') return `${title}${mark} ${answered ? 'Here is why.' : hook}`;
  return `${title}${mark} ${hook}`;
}
