import { collapse } from './plain-script.ts';

/**
 * A film's script as a file that `parseScript` reads back: a paragraph a scene with its visual above.
 * A scene longer than one paragraph may be is split again when it is read.
 */
export function writeScript(script: {
  readonly title: string;
  readonly scenes: readonly { readonly narration: string; readonly visual: string | null }[];
}): string {
  const scenes = script.scenes.map(({ narration, visual }) => {
    const hint = visual === null ? '' : `[visual: ${collapse(visual.replace(/[[\]]/g, ' '))}]\n`;
    return `${hint}${collapse(narration)}\n`;
  });
  return [`# ${collapse(script.title)}\n`, ...scenes].join('\n');
}
