import { z } from 'zod';
import { ScriptProblem } from './errors.ts';
import { type ParsedScene, SCRIPT_LIMITS } from './limits.ts';
import { collapse } from './plain-script.ts';

const written = z.string().transform(collapse);
const scene = z.strictObject({
  narration: written.refine((words) => words !== '', 'must hold words'),
  visual: written.nullish(),
});
const jsonScript = z.strictObject({
  title: written.optional(),
  scenes: z.array(scene).min(1, 'must hold at least one scene').max(SCRIPT_LIMITS.scenes),
  /** The answer of `POST /v1/scripts` carries one; it is for people. */
  notice: z.string().nullish(),
});

/** The form that the API answers with: `{"title", "scenes": [{"narration", "visual"}]}`. */
export function readJsonScript(text: string): {
  readonly title: string | null;
  readonly scenes: readonly ParsedScene[];
} {
  const parsed = jsonScript.safeParse(parse(text));
  if (!parsed.success) throw malformed(placeOf(parsed.error));
  const { title, scenes } = parsed.data;
  return {
    title: title || null,
    scenes: scenes.map(({ narration, visual }) => ({ narration, visual: visual || null })),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /line \d+ column \d+/.exec(error.message)?.[0];
    throw malformed(
      position ? `${position} cannot be read` : 'it ends too early or has a typing error',
    );
  }
}

function placeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `${path?.join('').replace(/^\./, '') || 'the whole'}: ${issue?.message ?? 'wrong form'}`;
}

function malformed(where: string): ScriptProblem {
  return new ScriptProblem(
    'script_malformed',
    `The script begins like JSON but is not a script: ${where}.`,
    'Write {"title": "…", "scenes": [{"narration": "…", "visual": "…"}]}, or plain text with a paragraph for each scene.',
  );
}
