import { ScriptProblem } from './errors.ts';
import { opening, type ParsedScene } from './limits.ts';
import { splitParagraph } from './split-paragraph.ts';

/** White space as captions and voices need it: single spaces, none at the ends. Nothing else changes. */
export function collapse(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** Paragraphs apart by blank lines; see `parseScript`. */
export function readPlainScript(text: string): {
  readonly title: string | null;
  readonly scenes: readonly ParsedScene[];
} {
  const { title, body } = takeTitle(text);
  const scenes: ParsedScene[] = [];
  let waiting: string | null = null;
  for (const paragraph of body.split(/\n[^\S\n]*\n/)) {
    if (collapse(paragraph) === '') continue;
    const { words, visual } = takeVisual(paragraph);
    if (words === '') {
      // A hint that stands as a paragraph of its own belongs to the paragraph below it.
      waiting = join(waiting, visual);
      continue;
    }
    scenes.push(...scenesOf(words, join(waiting, visual)));
    waiting = null;
  }
  if (waiting !== null)
    throw new ScriptProblem(
      'script_visual_alone',
      `The hint [visual: ${opening(waiting)}] stands after the last paragraph.`,
      'Put each [visual: …] line directly above, inside or below the words that it goes with.',
    );
  return { title, scenes };
}

function takeTitle(text: string): { readonly title: string | null; readonly body: string } {
  const match = /^\s*#[^\S\n]+(\S[^\n]*)(?:\n|$)/.exec(text);
  if (!match) return { title: null, body: text };
  return { title: collapse(match[1] ?? ''), body: text.slice(match[0].length) };
}

const HINT = /\[[^\S\n]*visual[^\S\n]*:([^\]]*)\]/giu;

function takeVisual(paragraph: string): { readonly words: string; readonly visual: string | null } {
  const hints = [...paragraph.matchAll(HINT)].map((match) => collapse(match[1] ?? ''));
  const rest = paragraph.replace(HINT, ' ');
  const unclosed = /\[[^\S\n]*visual[^\S\n]*:[^\n]*/iu.exec(rest);
  if (unclosed)
    throw new ScriptProblem(
      'script_visual_unclosed',
      `The hint “${opening(unclosed[0])}” has no closing bracket.`,
      'End it with ] in the same paragraph: [visual: what is seen].',
    );
  return { words: collapse(rest), visual: hints.filter(Boolean).join(', ') || null };
}

function join(first: string | null, second: string | null): string | null {
  return [first, second].filter(Boolean).join(', ') || null;
}

/** A long paragraph becomes several scenes; its hint is for all of them. */
function scenesOf(words: string, visual: string | null): readonly ParsedScene[] {
  return splitParagraph(words).map((narration) => ({ narration, visual }));
}
