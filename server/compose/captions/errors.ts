import { Problem } from '../../platform/problem.ts';

/** A caption holds a character that no installed font can draw. */
export class MissingGlyph extends Problem {
  constructor(character: string, packages: readonly string[]) {
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const install = packages[0];
    super({
      kind: 'invalid',
      code: 'missing_glyph',
      message: `No installed font can draw “${character.toWellFormed()}” (U+${hex}).`,
      action: install
        ? `Install its font with \`npm install ${install}\`, or take the character out of the text.`
        : 'Take the character out of the text, or write it another way.',
    });
  }
}
