import type { Script, ScriptBrief } from '../../models.ts';
import { loadFrames } from './frames.ts';
import type { Tagger } from './nouns.ts';
import { estimateSeconds } from './pace.ts';
import { makeChooser } from './random.ts';
import type { Topic } from './topic.ts';
import { mainThing, understandTopic } from './understand-topic.ts';
import { visualsOf } from './visuals.ts';
import { ADVICE, writeFramed } from './write-framed.ts';
import { countedIn, writeDuel, writeGuide, writeKnown } from './write-known.ts';
import { writeOwnText } from './write-text.ts';

type Written = Script & { readonly from: 'facts' | 'frames' | 'own words' };

/** The script of a brief in English; the same brief gives the same script. */
export async function writeBrief(brief: ScriptBrief, tag: Tagger): Promise<Script> {
  const { from, ...script } = brief.idea
    ? await writeIdea(brief, brief.idea, tag)
    : await writeTopic(brief.topic, brief.seconds, tag);
  if (brief.tone === null || from === 'own words') return script;
  const notice = [script.notice, TONE_NOTICE].filter((part) => part !== undefined).join(' ');
  return { ...script, notice };
}

/**
 * An idea is its own topic, unless more is known of the topic it came from. It names the film and begins
 * it; what follows is told as of any topic.
 */
async function writeIdea(
  { topic, seconds }: ScriptBrief,
  { title, hook }: NonNullable<ScriptBrief['idea']>,
  tag: Tagger,
): Promise<Written> {
  const ofIdea = await writeTopic(title, seconds, tag);
  const written =
    ofIdea.from === 'facts' || topic === '' ? ofIdea : await writeTopic(topic, seconds, tag);
  const [first, ...others] = written.scenes;
  const opening = {
    narration: /[.!?…]["”’)]?$/u.test(hook.trim()) ? hook.trim() : `${hook.trim()}.`,
    visual: first?.visual ?? title,
  };
  const rest = written.from === 'own words' ? written.scenes : others;
  return { ...written, title, scenes: [opening, ...rest] };
}

async function writeTopic(text: string, seconds: number, tag: Tagger): Promise<Written> {
  const { topic, asked, rivals, subject, guide } = await understandTopic(text, tag);
  const { title, form } = topic;
  const choose = makeChooser(text);
  if (form.kind === 'text') return ownScript(title, text, tag);
  if (rivals) {
    const scenes = writeDuel(rivals, title, seconds);
    return { from: 'facts', title, scenes, notice: noticeFor(scenes, seconds, FACTS_NOTICE) };
  }
  if (subject || guide) {
    const scenes = subject
      ? writeKnown(topic, subject, asked, seconds, choose)
      : guide
        ? writeGuide(topic, guide, seconds, choose)
        : [];
    return {
      from: 'facts',
      title: countedTitle(topic, scenes.length - 2, `facts about ${subject?.about ?? ''}`),
      scenes,
      notice: noticeFor(scenes, seconds, FACTS_NOTICE),
    };
  }
  const scenes = writeFramed({ title, form }, mainThing(topic, tag), seconds, {
    choose,
    frames: await loadFrames(),
  });
  const counted = countedTitle(topic, scenes.length - 2, `questions about ${topic.form.subject}`);
  const notice = noticeFor(scenes, seconds, FRAME_NOTICE);
  return { from: 'frames', title: counted, scenes, notice };
}

/** The user's own words, a scene for every few of them. */
function ownScript(title: string, text: string, tag: Tagger): Written {
  const narrations = writeOwnText(text.replace(/\s+/gu, ' ').trim()).map(
    ({ narration }) => narration,
  );
  const visuals = visualsOf(title, narrations, tag);
  return {
    from: 'own words',
    title,
    scenes: narrations.map((narration, index) => ({ narration, visual: visuals[index] ?? title })),
    notice:
      'The topic was long enough to be the script, so your own sentences are spoken. Set ARK_API_KEY for a script by a chat model.',
  };
}

const FACTS_NOTICE =
  'Written from built-in templates and a small store of facts, without a language model. Set ARK_API_KEY, or bring your own script with --script FILE.';
const FRAME_NOTICE =
  'Written from built-in templates, which know nothing about this topic and only ask about it. Set ARK_API_KEY for a researched script, or bring your own with --script FILE.';

const TONE_NOTICE = 'Templates have one tone only: the one you asked for needs ARK_API_KEY.';

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
