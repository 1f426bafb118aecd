import { ScriptProblem } from './errors.ts';
import { readJsonScript } from './json-script.ts';
import { type ParsedScript, requireWithinLimits, SCRIPT_LIMITS } from './limits.ts';
import { readPlainScript } from './plain-script.ts';

export type { ParsedScript } from './limits.ts';

/**
 * Reads a user's script. Plain text: a scene a paragraph, paragraphs apart by a blank line, long ones
 * split at their sentences, `[visual: …]` for what is seen, an optional first line `# Title`. Or JSON:
 * `{"title": …, "scenes": [{"narration": …, "visual": …}]}`. Words stay exactly as written; only
 * white space is normalised. `fallbackTitle` names a script that has no title.
 *
 * Throws a `ScriptProblem` (kind `invalid`): `script_empty`, `script_too_large`, `script_not_text`,
 * `script_malformed`, `script_too_many_scenes`, `script_scene_too_long`, `script_visual_too_long`,
 * `script_visual_unclosed`, `script_visual_alone`, `script_title_too_long`.
 */
export function parseScript(
  text: string,
  { fallbackTitle }: { readonly fallbackTitle: string },
): ParsedScript {
  requireText(text);
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n');
  if (/^\s*$/u.test(clean)) throw emptyScript();
  const script = looksLikeJson(clean) ? readJsonScript(clean) : readPlainScript(clean);
  if (script.scenes.length === 0) throw emptyScript();
  return requireWithinLimits({ title: script.title ?? fallbackTitle, scenes: script.scenes });
}

function requireText(text: string): void {
  if (text.length > SCRIPT_LIMITS.characters)
    throw new ScriptProblem(
      'script_too_large',
      `The script has ${text.length} characters; ${SCRIPT_LIMITS.characters} are allowed.`,
      'Shorten it, or make several videos.',
    );
  // Line ends and tabs are white space; every other control character says that this is no text file.
  const control = /[^\P{Cc}\t\n\v\f\r\u0085]/u.exec(text);
  if (control || text.includes('\uFFFD'))
    throw new ScriptProblem(
      'script_not_text',
      `The script is not UTF-8 text: line ${lineOf(text, control?.index ?? text.indexOf('\uFFFD'))} holds a character that no text has.`,
      'Save it as plain UTF-8 text (not a Word or PDF file) and try again.',
    );
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split(/\r\n?|\n/).length;
}

function emptyScript(): ScriptProblem {
  return new ScriptProblem(
    'script_empty',
    'The script has no words.',
    'Write one paragraph for each scene, with a blank line between them.',
  );
}

/** Only an object can be a JSON script; a text may well begin with a brace, such as `{curly} words`. */
function looksLikeJson(text: string): boolean {
  return /^\s*\{\s*"(?:title|scenes)"\s*:/.test(text);
}
