import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { skia } from '../skia.ts';
import { type GlyphSet, readGlyphSet } from './cmap.ts';
import {
  EMOJI,
  NOTO_SANS,
  SIGNS,
  TYPEFACES,
  type Typeface,
  typefacesFor,
  WEIGHTS,
  type Weight,
} from './scripts.ts';

export { MONTSERRAT, NOTO_SANS, POPPINS } from './scripts.ts';

/**
 * Fonts come from npm packages alone, each loaded when its script first appears: the same text looks
 * the same on every machine, whatever fonts the machine has. Skia's font registry belongs to the
 * process, and so does the record here of what has been put into it.
 */

/** One font file, ready to draw with under `family`. */
export type Face = {
  readonly family: string;
  readonly scale: number;
  readonly leading: number;
  readonly isEmoji: boolean;
};

type LoadedFace = Face & { readonly glyphs: GlyphSet };

const require = createRequire(import.meta.url);
const loaded = new Map<string, LoadedFace | null>();

/** Nothing to draw by themselves: joiners, selectors, marks of direction, line breaks. */
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}]$/u;
const EMOJI_CLUSTER =
  /^(?:\p{Regional_Indicator}{2}|[\d#*]\uFE0F?\u20E3|\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Emoji}\p{Emoji_Modifier})/u;

/**
 * The face for one grapheme cluster that has every character of it: the one made for its script, else
 * the style's own. Answers with the character no installed font has, and the packages that would
 * bring it, when there is none.
 */
export function faceFor(
  cluster: string,
  { display, weight, language }: FontChoice,
): { readonly face: Face } | { readonly missing: string; readonly packages: readonly string[] } {
  const wanted = [...cluster].filter((character) => !INVISIBLE.test(character));
  const text = [...typefacesFor(wanted[0] ?? '', language), display, NOTO_SANS, SIGNS];
  const order = EMOJI_CLUSTER.test(cluster) ? [EMOJI, ...text] : [...text, EMOJI];
  // One by one, so that a typeface nobody needs is never opened.
  for (const typeface of order) {
    const face = load(typeface, weight);
    if (face && wanted.every((character) => hasGlyph(face, character))) return { face };
  }
  const faces = order.flatMap((typeface) => load(typeface, weight) ?? []);
  const missing = wanted.find((character) => !faces.some((face) => hasGlyph(face, character)));
  if (missing !== undefined) {
    const packages = typefacesFor(missing, language).map((typeface) => typeface.package);
    return { missing, packages: packages.filter((name) => !isInstalled(name)) };
  }
  // Base and mark from two fonts: better than nothing, and every part of it has a glyph.
  const base = faces.find((face) => hasGlyph(face, wanted[0] ?? ' '));
  return base ? { face: base } : { missing: wanted[0] ?? cluster, packages: [] };
}

/** How a style wants its text: typeface for Latin, weight for all, language for shared characters. */
export type FontChoice = {
  readonly display: Typeface;
  readonly weight: Weight;
  readonly language: string | null;
};

/** Makes a planned face ready to draw with: the plan may have been made by another process. */
export function ensureFace(family: string): void {
  const [, stem, weightText] = family.split(' ');
  const typeface = TYPEFACES.find((face) => face.stem === stem);
  const weight = Number(weightText);
  if (!typeface || !isWeight(weight) || load(typeface, weight) === null) {
    throw new Error(`no font file for ${family}`);
  }
}

function isWeight(value: number): value is Weight {
  return value in WEIGHTS;
}

function hasGlyph(face: LoadedFace, character: string): boolean {
  return face.glyphs.has(character.codePointAt(0) ?? 0);
}

function load(typeface: Typeface, wanted: Weight): LoadedFace | null {
  const weight = typeface === EMOJI ? 400 : wanted;
  const family = `clipt ${typeface.stem} ${weight}`;
  const before = loaded.get(family);
  if (before !== undefined) return before;
  const face = loadFile(typeface, weight, family);
  loaded.set(family, face);
  return face;
}

function loadFile(typeface: Typeface, weight: Weight, family: string): LoadedFace | null {
  const folder = packageFolder(typeface.package);
  if (folder === null) return null;
  const file = nearestWeights(weight)
    .map((near) => `${near}${WEIGHTS[near]}`)
    .map((name) => join(folder, name, `${typeface.stem}_${name}.ttf`))
    .find((path) => existsSync(path));
  if (file === undefined) return null;
  const glyphs = readGlyphSet(file);
  if (skia().GlobalFonts.registerFromPath(file, family) === null) return null;
  const { scale, leading } = typeface;
  return { family, scale, leading, glyphs, isEmoji: typeface === EMOJI };
}

/** All weights, the nearest first: not every typeface is drawn in each. */
function nearestWeights(wanted: Weight): readonly Weight[] {
  const weights = Object.keys(WEIGHTS).map(Number).filter(isWeight);
  return weights.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
}

function isInstalled(name: string): boolean {
  return packageFolder(name) !== null;
}

function packageFolder(name: string): string | null {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}
