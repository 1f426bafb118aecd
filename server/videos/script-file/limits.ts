import { ScriptProblem } from './errors.ts';

export type ParsedScene = {
  readonly narration: string;
  /** What the writer wants to see; null leaves it to us. */
  readonly visual: string | null;
};
export type ParsedScript = { readonly title: string; readonly scenes: readonly ParsedScene[] };

/** Characters are UTF-16 code units of the whole file, as JavaScript counts them. */
export const SCRIPT_LIMITS = {
  characters: 20_000,
  scenes: 100,
  /** Of one scene; a longer paragraph of plain text is split at its sentences. */
  narrationCharacters: 5_000,
  visualCharacters: 1_000,
  titleCharacters: 200,
} as const;

/** Throws the Problem that names the first scene that is too long, or that there are too many. */
export function requireWithinLimits(script: ParsedScript): ParsedScript {
  const { scenes, narrationCharacters, visualCharacters, titleCharacters } = SCRIPT_LIMITS;
  if (script.title.length > titleCharacters)
    throw new ScriptProblem(
      'script_title_too_long',
      `The title has ${script.title.length} characters; ${titleCharacters} are allowed.`,
      'Shorten the title, or move it into the first paragraph.',
    );
  if (script.scenes.length > scenes)
    throw new ScriptProblem(
      'script_too_many_scenes',
      `The script makes ${script.scenes.length} scenes; ${scenes} are allowed.`,
      'Shorten it, or make two videos.',
    );
  for (const [index, { narration, visual }] of script.scenes.entries()) {
    if (narration.length > narrationCharacters)
      throw new ScriptProblem(
        'script_scene_too_long',
        `Scene ${index + 1} (“${opening(narration)}”) has ${narration.length} characters; ${narrationCharacters} are allowed.`,
        'Split it into several scenes.',
      );
    if (visual !== null && visual.length > visualCharacters)
      throw new ScriptProblem(
        'script_visual_too_long',
        `The visual of scene ${index + 1} has ${visual.length} characters; ${visualCharacters} are allowed.`,
        'Describe one picture in a sentence or two.',
      );
  }
  return script;
}

/** The first words of a text, to show a place in an error. */
export function opening(text: string): string {
  const characters = [...text];
  return characters.length <= 30 ? text : `${characters.slice(0, 29).join('').trimEnd()}…`;
}
