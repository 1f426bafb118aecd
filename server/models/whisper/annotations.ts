import type { Piece } from '../timed-words.ts';

/** What stands for a sound instead of a word: `[BLANK_AUDIO]`, `(upbeat music)`, `*coughs*`, `♪`. */
const ALONE = /^(?:\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♩♪♫♬\s])+[.!?…]?$/u;
/** Square brackets are never spoken; round ones may be, so there the words decide. */
const WITHIN =
  /\[[^\]]{0,60}\]|\([^)]{0,30}\b(?:music|applause|laugh\w*|silence|noise|cough\w*|sigh\w*|inaudible|crowd|cheer\w*)\b[^)]{0,30}\)|[♩♪♫♬]+/giu;

/** A segment's pieces without those that describe sounds; pieces are left out whole. */
export function withoutAnnotations(pieces: readonly Piece[]): readonly Piece[] {
  const text = pieces.map((piece) => piece.text).join('');
  if (ALONE.test(text.trim())) return [];
  const gaps = Array.from(text.matchAll(WITHIN), ({ index, 0: found }) => ({
    from: index,
    to: index + found.length,
  }));
  if (gaps.length === 0) return pieces;
  let at = 0;
  return pieces.flatMap((piece) => {
    const from = at;
    at += piece.text.length;
    const gap = gaps.find((one) => one.from < at && one.to > from);
    if (!gap) return [piece];
    const kept =
      piece.text.slice(0, Math.max(0, gap.from - from)) +
      piece.text.slice(Math.max(0, gap.to - from));
    return kept === '' ? [] : [{ ...piece, text: kept }];
  });
}
