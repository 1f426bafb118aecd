import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../media/formats.ts';
import { skia } from './skia.ts';

/** One picture that shows a whole film: its frames in a grid, each labelled with its time. */

export type SheetCell = { readonly file: string; readonly seconds: number };

export type SheetText = { readonly title: string; readonly subtitle: string };

type Grid = { readonly columns: number; readonly cell: Size };

const MARGIN = 40;
const GAP = 20;
const HEADER_HEIGHT = 96;
const RADIUS = 14;
const BACKGROUND = '#101217';
const INK = '#f4f5f7';
const FAINT_INK = '#9aa1ad';
const JPEG_QUALITY = 88;
const FAMILY = 'clipt Sheet';

/** Cells of a sheet: a full grid for either way that a film can stand. */
export function sheetCells({ width, height }: Size): number {
  return gridOf({ width, height }).columns === 3 ? 9 : 8;
}

/** Draws the sheet of `cells` (in order; at least one) into `file` as JPEG. */
export async function drawContactSheet(
  cells: readonly SheetCell[],
  film: Size,
  text: SheetText,
  file: string,
): Promise<void> {
  useFont();
  const { columns, cell } = gridOf(film);
  const rows = Math.ceil(cells.length / columns);
  const width = 2 * MARGIN + columns * cell.width + (columns - 1) * GAP;
  const height = HEADER_HEIGHT + rows * (cell.height + GAP) - GAP + MARGIN;
  const { createCanvas, loadImage } = skia();
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, width, height);
  drawHeader(context, width, text);
  for (const [i, { file: picture, seconds }] of cells.entries()) {
    const x = MARGIN + (i % columns) * (cell.width + GAP);
    const y = HEADER_HEIGHT + Math.floor(i / columns) * (cell.height + GAP);
    const image = await loadImage(await readFile(picture));
    context.save();
    context.beginPath();
    context.roundRect(x, y, cell.width, cell.height, RADIUS);
    context.clip();
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, x, y, cell.width, cell.height);
    context.restore();
    drawTime(context, formatTime(seconds), x + 12, y + 12);
  }
  await writeFile(file, await canvas.encode('jpeg', JPEG_QUALITY));
}

/** Minutes and seconds, such as `0:07`; the sheet is read by people. */
export function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function gridOf({ width, height }: Size): Grid {
  const isWide = width > height;
  const cellWidth = isWide ? 480 : 270;
  return {
    columns: isWide ? 3 : 4,
    cell: { width: cellWidth, height: Math.round((cellWidth * height) / width) },
  };
}

function drawHeader(context: SKRSContext2D, width: number, { title, subtitle }: SheetText): void {
  context.textBaseline = 'middle';
  const middle = HEADER_HEIGHT / 2 + 4;
  context.font = `22px "${FAMILY}", sans-serif`;
  context.fillStyle = FAINT_INK;
  context.textAlign = 'right';
  context.fillText(subtitle, width - MARGIN, middle);
  const room = width - 2 * MARGIN - context.measureText(subtitle).width - 2 * GAP;
  context.font = `30px "${FAMILY}", sans-serif`;
  context.fillStyle = INK;
  context.textAlign = 'left';
  context.fillText(shorten(context, title, room), MARGIN, middle);
}

/** As much of a title as fits, cut between graphemes. */
function shorten(context: SKRSContext2D, title: string, room: number): string {
  if (context.measureText(title).width <= room) return title;
  const graphemes = [...new Intl.Segmenter().segment(title.slice(0, 200))].map((g) => g.segment);
  while (graphemes.length > 0) {
    const text = `${graphemes.join('').trimEnd()}…`;
    if (context.measureText(text).width <= room) return text;
    graphemes.pop();
  }
  return '';
}

function drawTime(context: SKRSContext2D, time: string, x: number, y: number): void {
  context.font = `20px "${FAMILY}", sans-serif`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const width = context.measureText(time).width + 20;
  context.fillStyle = 'rgba(10, 12, 16, 0.72)';
  context.beginPath();
  context.roundRect(x, y, width, 32, 16);
  context.fill();
  context.fillStyle = INK;
  context.fillText(time, x + width / 2, y + 17);
}

function useFont(): void {
  const { GlobalFonts } = skia();
  if (GlobalFonts.has(FAMILY)) return;
  const { resolve } = createRequire(import.meta.url);
  const path = resolve('@expo-google-fonts/poppins/600SemiBold/Poppins_600SemiBold.ttf');
  GlobalFonts.registerFromPath(path, FAMILY);
}
