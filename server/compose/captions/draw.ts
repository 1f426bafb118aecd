import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SKRSContext2D } from '@napi-rs/canvas';
import { ensureFace } from '../fonts/fonts.ts';
import { skia } from '../skia.ts';
import { STYLE_LOOKS, type StyleLook } from './looks.ts';
import { encodePng } from './png.ts';
import { fontOf } from './shape.ts';
import type { Box, CaptionPage, CaptionTrack, CaptionWord, Piece } from './track.ts';

/** Pictures of a track, as wide as the film and as high as its area; `states` says from when on each shows. */
export type DrawnStrips = {
  readonly y: number;
  readonly states: readonly { readonly name: string; readonly startFrame: number }[];
};

/**
 * Draws a track into `dir`: one transparent PNG for each distinct state, named by what it shows. Equal
 * tracks give equal bytes.
 */
export async function drawStrips(track: CaptionTrack, dir: string): Promise<DrawnStrips> {
  const canvas = skia().createCanvas(track.size.width, track.area.height);
  const context = canvas.getContext('2d');
  const sizePx = textSize(track);
  const drawn = new Set<string>();
  const states: { name: string; startFrame: number }[] = [];
  for (const { page, word, filled, fromFrame } of track.states) {
    const share = Math.round(filled * 100);
    const name = page === null ? 'blank.png' : `page-${page}-${word ?? 'still'}-${share}.png`;
    states.push({ name, startFrame: fromFrame });
    if (drawn.has(name)) continue;
    drawn.add(name);
    context.clearRect(0, 0, track.size.width, track.area.height);
    const shown = page === null ? undefined : track.pages[page];
    if (shown) drawPage(context, track, sizePx, { page: shown, current: word, filled });
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    await writeFile(join(dir, name), await encodePng(canvas, data));
  }
  return { y: track.area.y, states };
}

/** A page with the index of the word being said, and how much of it is filled. */
type Shown = {
  readonly page: CaptionPage;
  readonly current: number | null;
  readonly filled: number;
};

function drawPage(
  context: SKRSContext2D,
  track: CaptionTrack,
  sizePx: number,
  { page, current, filled }: Shown,
): void {
  const look = STYLE_LOOKS[track.style];
  const words = page.lines.flatMap((line) => line.words);
  for (const { family } of words.flatMap((word) => word.pieces)) ensureFace(family);
  context.save();
  context.translate(0, -track.area.y);
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  const brush: Brush = { context, look, sizePx };
  if (track.style === 'plain') drawPlates(brush, page);
  const said = words.find((word) => word.index === current);
  // What the current word does not share with its box (a comma beyond another word) stays as it was.
  const inBox = (piece: Piece) => isLit(track.style) && said !== undefined && isWithin(piece, said);
  const last = lastSaid(words, current);
  const isFilled = (word: CaptionWord) =>
    track.style === 'karaoke' && word.index <= last && (word !== said || filled === 1);
  const still = words.map((word) => ({
    color: isFilled(word) ? look.accent : look.color,
    pieces: word.pieces.filter((piece) => !(word === said && inBox(piece))),
  }));
  drawOutlines(
    brush,
    still.flatMap(({ pieces }) => pieces),
  );
  if (said && track.style === 'box') drawPill(brush, said, words);
  for (const { pieces, color } of still) fillPieces(brush, pieces, color);
  if (said && track.style === 'karaoke' && filled < 1) fillPartly(brush, said, filled);
  if (said && isLit(track.style)) drawLit(brush, said, said.pieces.filter(inBox));
  context.restore();
}

/** Styles in which the current word stands out from all others. */
function isLit(style: CaptionTrack['style']): boolean {
  return style === 'pop' || style === 'box';
}

function isWithin({ x, width }: Piece, { box }: CaptionWord): boolean {
  const center = x + width / 2;
  return center >= box.x && center <= box.x + box.width;
}

type Brush = {
  readonly context: SKRSContext2D;
  readonly look: StyleLook;
  readonly sizePx: number;
};

/** Size of the text as the style has it, whatever its scripts. */
function textSize(track: CaptionTrack): number {
  let largest = 1;
  for (const { words } of track.pages.flatMap((page) => page.lines)) {
    for (const { sizePx } of words.flatMap((word) => word.pieces)) {
      largest = Math.max(largest, sizePx);
    }
  }
  return largest;
}

/** Index of the last word that is said or has nothing to say after it (a dash, an emoji). */
function lastSaid(words: readonly CaptionWord[], current: number | null): number {
  if (current === null) return -1;
  const isNext = ({ index, startMs, endMs }: CaptionWord) => index > current && endMs > startMs;
  return (words.find(isNext)?.index ?? Number.POSITIVE_INFINITY) - 1;
}

/** Dark outline with a soft shadow under it: white text stays readable on snow. */
function drawOutlines({ context, look, sizePx }: Brush, pieces: readonly Piece[]): void {
  if (look.outlineEm === 0) return;
  context.save();
  context.strokeStyle = '#0B0B10';
  context.shadowColor = 'rgba(0, 0, 0, 0.55)';
  context.shadowBlur = sizePx * 0.16;
  context.shadowOffsetY = sizePx * 0.05;
  for (const piece of pieces) {
    // A word drawn smaller gets a thinner outline; a script drawn larger does not get a thicker one.
    context.lineWidth = 2 * look.outlineEm * Math.min(sizePx, piece.sizePx);
    setFont(context, piece);
    if (piece.isEmoji) context.fillText(piece.text, piece.x, piece.baseline);
    else context.strokeText(piece.text, piece.x, piece.baseline);
  }
  context.restore();
}

function fillPieces({ context }: Brush, pieces: readonly Piece[], color: string): void {
  context.fillStyle = color;
  for (const piece of pieces) {
    setFont(context, piece);
    context.fillText(piece.text, piece.x, piece.baseline);
  }
}

/** Fills a word with the accent colour from the side it is read from. */
function fillPartly(brush: Brush, { box, pieces }: CaptionWord, filled: number): void {
  const { context, look } = brush;
  const width = box.width * filled;
  context.save();
  context.beginPath();
  // Letters may reach above and below their line.
  context.rect(
    pieces[0]?.rtl ? box.x + box.width - width : box.x,
    box.y - box.height,
    width,
    box.height * 3,
  );
  context.clip();
  fillPieces(brush, pieces, look.accent);
  context.restore();
}

/** The current word: on its pill as it is, else grown and in the accent colour. */
function drawLit(brush: Brush, { box }: CaptionWord, pieces: readonly Piece[]): void {
  const { context, look } = brush;
  if (look.grow === 1) {
    fillPieces(brush, pieces, look.color);
    return;
  }
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  context.save();
  context.translate(x, y);
  context.scale(look.grow, look.grow);
  context.translate(-x, -y);
  drawOutlines(brush, pieces);
  fillPieces(brush, pieces, look.accent);
  context.restore();
}

function setFont(context: SKRSContext2D, { family, sizePx, rtl }: Piece): void {
  context.font = fontOf(family, sizePx);
  context.direction = rtl ? 'rtl' : 'ltr';
}

/** The pill stands over the other words' outlines and under all letters. */
function drawPill(brush: Brush, { box }: CaptionWord, words: readonly CaptionWord[]): void {
  const { context, look, sizePx } = brush;
  const roomLeft = roomBeside(box, words, (other) => box.x - (other.x + other.width));
  const roomRight = roomBeside(box, words, (other) => other.x - (box.x + box.width));
  // Without spaces the neighbours stand close, and the pill must not cover them.
  const padding = (room: number) => Math.min(sizePx * 0.17, Math.max(0, room) * 0.6);
  const left = padding(roomLeft);
  context.save();
  context.shadowColor = 'rgba(0, 0, 0, 0.45)';
  context.shadowBlur = sizePx * 0.2;
  context.shadowOffsetY = sizePx * 0.06;
  context.fillStyle = look.accent;
  const width = box.width + left + padding(roomRight);
  fillRounded(context, { ...box, x: box.x - left, width }, sizePx * 0.26);
  context.restore();
}

/** Distance to the nearest neighbour on the same line, by a measure that is negative for other sides. */
function roomBeside(
  box: Box,
  words: readonly CaptionWord[],
  distance: (other: Box) => number,
): number {
  const sameLine = words.map((word) => word.box).filter(({ y }) => y === box.y);
  return Math.min(...sameLine.map(distance).filter((px) => px >= 0));
}

/** A translucent plate behind each line of clean subtitles; touching plates grow into one. */
function drawPlates({ context, sizePx }: Brush, page: CaptionPage): void {
  context.fillStyle = 'rgba(10, 10, 14, 0.72)';
  const boxes = page.lines.flatMap((line) => line.words.map((word) => word.box));
  const left = Math.min(...boxes.map(({ x }) => x));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const top = Math.min(...boxes.map(({ y }) => y));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  fillRounded(context, inflated(box, sizePx * 0.45, sizePx * 0.18), sizePx * 0.36);
}

function inflated({ x, y, width, height }: Box, across: number, along: number): Box {
  return { x: x - across, y: y - along, width: width + 2 * across, height: height + 2 * along };
}

function fillRounded(context: SKRSContext2D, box: Box, radius: number): void {
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, radius);
  context.fill();
}
