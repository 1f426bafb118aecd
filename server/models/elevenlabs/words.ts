import type { TimedWord } from '../models.ts';
import { type Piece, wordsOfPieces } from '../timed-words.ts';
import type { Alignment } from './wire.ts';

/**
 * The words of a narration from the times of its characters, or null where the vendor gave none that fit.
 * `alignment` follows the text as sent; `normalized_alignment` follows what was said ("five dollars" for "$5") and
 * is of use only where that is the text itself.
 */
export function wordsOfAnswer(
  answer: { readonly alignment?: Alignment; readonly normalized_alignment?: Alignment },
  text: string,
  soundMs: number,
): readonly TimedWord[] | null {
  const sent = piecesOf(answer.alignment);
  if (sent) return wordsOfPieces(sent, soundMs);
  const said = piecesOf(answer.normalized_alignment);
  const isSame = said && plain(said.map((piece) => piece.text).join('')) === plain(text);
  return said && isSame ? wordsOfPieces(said, soundMs) : null;
}

/** Where the last character ends by the vendor's own account, in milliseconds; 0 where it gave no times. */
export function endOfAlignmentMs(alignment: Alignment): number {
  return (piecesOf(alignment) ?? []).reduce((end, piece) => Math.max(end, piece.endMs), 0);
}

/** Null for an alignment that is missing, empty, or whose lists do not belong together. */
function piecesOf(alignment: Alignment): readonly Piece[] | null {
  if (!alignment) return null;
  const { characters } = alignment;
  const starts = alignment.character_start_times_seconds;
  const ends = alignment.character_end_times_seconds;
  const isWhole = starts.length === characters.length && ends.length === characters.length;
  if (!isWhole || characters.every((character) => character.trim() === '')) return null;
  return characters.map((text, index) => {
    const startMs = (starts[index] ?? 0) * 1000;
    return { text, startMs, endMs: Math.max(startMs, (ends[index] ?? 0) * 1000) };
  });
}

const plain = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
