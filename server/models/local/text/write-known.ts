import type { ScriptScene } from '../../models.ts';
import type { Fact, Subject } from './knowledge.ts';
import { fitBeats } from './pace.ts';
import type { Chooser } from './random.ts';
import { capital, numberWord, type Topic } from './topic.ts';

export const LIST_STRETCH = 1.35;
/** As long as a hook is, before it is known how many facts it counts. */
const PLAIN_HOOK = 'Five things about ancient Rome that are worth knowing.';

/** A script of true facts about a known subject, those that answer the topic first. */
export function writeKnown(
  topic: Topic,
  subject: Subject,
  ranked: { readonly facts: readonly Fact[]; readonly answering: number },
  seconds: number,
  choose: Chooser,
): readonly ScriptScene[] {
  const { form, title } = topic;
  const { about } = subject;
  const asks = form.kind === 'reason' || form.kind === 'question' || form.kind === 'statement';
  const close = choose<string>([
    'Which one surprised you most? Tell us in the comments.',
    `Now you know a little more about ${about}. Pass it on.`,
    'Share this with somebody who would like to know.',
  ]);
  const numbered = form.kind === 'list';
  const wanted = form.kind === 'list' ? Math.min(form.count, ranked.facts.length) : undefined;
  // Who asks for seven facts would rather have seven than an exact length.
  const room = numbered ? seconds * LIST_STRETCH : seconds;
  const beats = fitBeats(ranked.facts.slice(0, wanted), room, [PLAIN_HOOK, close]);
  const count = numberWord(beats.length);
  const hook = asks
    ? askedHook(title, about, form.kind, ranked.answering >= 2, choose)
    : choose<string>([
        `${capital(count)} things about ${about} that are worth knowing.`,
        `${capital(about)}. ${capital(count)} facts, no filler.`,
        `Let’s talk about ${about}. ${capital(count)} facts, and each of them is true.`,
      ]);
  const first = beats[0]?.see ?? capital(about);
  return [
    { narration: hook, visual: opening(about, first) },
    ...beats.map(({ say, see }, index) => ({
      narration: numbered ? `${capital(numberWord(index + 1))}. ${say}` : say,
      visual: see,
    })),
    { narration: close, visual: `${capital(about)} in warm evening light, wide shot` },
  ];
}

function askedHook(
  title: string,
  about: string,
  kind: 'reason' | 'question' | 'statement',
  answered: boolean,
  choose: Chooser,
): string {
  const mark = /[?!…]$/.test(title) ? '' : kind === 'question' ? '?' : '.';
  if (!answered)
    return `${title}${mark} ${choose<string>([
      `Here’s what is certain about ${about}.`,
      `A good reason to look at what is known about ${about}.`,
    ])}`;
  return `${title}${mark} ${choose<string>([
    'The short version starts now.',
    'Here’s what is known.',
    'Stay a moment, and you will know more.',
  ])}`;
}

function opening(about: string, first: string): string {
  const scenery = first.split(', ').slice(1).join(', ');
  return `Close-up of ${about}${scenery === '' ? ', dramatic light' : `, ${scenery}`}`;
}
