import type { ScriptScene } from '../../models.ts';
import type { Frame, Frames } from './frames.ts';
import { fitBeats } from './pace.ts';
import type { Chooser } from './random.ts';
import { capital, numberWord, type Topic, type TopicForm } from './topic.ts';
import { LIST_STRETCH } from './write-known.ts';

/** Lists of these get general advice; all other lists get questions. */
export const ADVICE = /^(?:tip|way|hack|habit|trick|step|rule|lesson|secret)s?$/;

/** A script of questions and invitations in the form that the topic asks for; claims nothing. */
export function writeFramed(
  topic: Topic & { readonly form: Exclude<TopicForm, { kind: 'text' }> },
  thing: string,
  seconds: number,
  { choose, frames }: { readonly choose: Chooser; readonly frames: Frames },
): readonly ScriptScene[] {
  const { form } = topic;
  const advice = form.kind === 'list' && ADVICE.test(form.wanted);
  const frame: Frame = frames[advice ? 'advice' : form.kind];
  // Nothing asks what "it" is of what may be a person.
  const arc = isName(form) ? frame.arcs[0] : choose(frame.arcs);
  const hook = choose(frame.hooks);
  const close = choose(frame.closes);
  const numbered = form.kind === 'list';
  const wanted = form.kind === 'list' ? Math.min(form.count, arc.length) : arc.length;
  const beats = arc.slice(0, wanted).map(([say, see], index) => ({
    say: numbered ? `${capital(numberWord(index + 1))}. ${say}` : say,
    see,
  }));
  const fitted = fitBeats(beats, numbered ? seconds * LIST_STRETCH : seconds, [hook[0], close[0]]);
  const count = fitted.length;
  const title = advice ? topic.title.replace(/^\d+/, capital(numberWord(count))) : topic.title;
  const fill = makeFill({ ...topic, title }, thing, count);
  return [{ say: hook[0], see: hook[1] }, ...fitted, { say: close[0], see: close[1] }].map(
    ({ say, see }) => ({ narration: fill(say), visual: fill(see) }),
  );
}

/** Two to four words all written large may be a person, of whom nobody asks "what is it". */
function isName(form: TopicForm): boolean {
  return form.kind === 'thing' && /^my\s|^\p{Lu}\S*(?:\s\p{Lu}\S*){1,3}$/u.test(form.subject);
}

function makeFill({ title, form }: Topic, thing: string, count: number) {
  const values: Readonly<Record<string, string>> = {
    title: form.kind === 'question' && !/\?$/.test(title) ? `${title}?` : title,
    subject: form.subject,
    action: form.kind === 'how-to' ? form.action : '',
    first: form.kind === 'versus' ? form.first : '',
    second: form.kind === 'versus' ? form.second : '',
    count: numberWord(count),
    thing,
  };
  return (text: string) =>
    text
      .replace(/\{(\w)(\w+)\}/g, (_, initial: string, rest: string) => {
        const value = values[initial.toLowerCase() + rest] ?? '';
        return initial === initial.toUpperCase() ? capital(value) : value;
      })
      .replace(/([?!…])\./g, '$1');
}
