import { fileURLToPath } from 'node:url';
import {
  type Canvas,
  createCanvas,
  GlobalFonts,
  type Image,
  type SKRSContext2D,
} from '@napi-rs/canvas';
import type { Size } from '../../../media/formats.ts';
import type { Actor } from './cast.ts';
import { fade } from './color.ts';
import { popIn } from './motion.ts';
import type { Palette } from './palettes.ts';
import type { Shot } from './plan-shot.ts';
import type { Random } from './random.ts';

export type Context = SKRSContext2D;
export type Sprite = Canvas;

/** Draws one moment of a scene, `t` seconds into the clip, on a whole background. */
export type Scene = (ctx: Context, t: number) => void;
/** Draws its sprites once and returns the scene that moves them. */
export type Layout = (stage: Stage) => Scene;

/** One drawable thing: an icon with its soft shadow, drawn once. */
export type Prop = {
  readonly actor: Actor;
  /** Draws it `size` pixels high, centred at `x`, `y`. Nothing at size 0 or less. */
  readonly draw: (
    ctx: Context,
    x: number,
    y: number,
    size: number,
    how?: { readonly turn?: number; readonly opacity?: number; readonly flip?: boolean },
  ) => void;
};

/** Where a layout draws and with what. */
export type Stage = Size & {
  /** Where the main imagery belongs: above the captions and inside the safe margins. */
  readonly box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly centerX: number;
  readonly centerY: number;
  /** The shorter side of the box: what sizes are measured by. */
  readonly unit: number;
  readonly palette: Palette;
  readonly random: Random;
  readonly seconds: number;
  readonly shot: Shot;
  /** One for each actor of the shot, in order. */
  readonly props: readonly Prop[];
};

/**
 * Share of the height under which captions of two lines may stand, by the least width for each height;
 * main imagery ends above it. Wide films have their captions lower.
 */
const IMAGERY_ENDS = [
  { aspect: 1.2, share: 0.73 },
  { aspect: 0.95, share: 0.71 },
  { aspect: 0.75, share: 0.68 },
  { aspect: 0, share: 0.615 },
] as const;

export function boxOf({ width, height }: Size): Stage['box'] {
  const ends = IMAGERY_ENDS.find(({ aspect }) => width / height >= aspect)?.share ?? 0.615;
  const [x, y] = [width * 0.055, height * (ends > 0.615 ? 0.06 : 0.095)];
  return { x, y, w: width - 2 * x, h: height * ends - y };
}

export function makeSprite(width: number, height: number, draw: (ctx: Context) => void): Sprite {
  const canvas = createCanvas(Math.max(1, Math.ceil(width)), Math.max(1, Math.ceil(height)));
  draw(canvas.getContext('2d'));
  return canvas;
}

/** A round light that fades out, 256 pixels across, to be drawn at any size. */
export function makeGlow(color: string, strength = 1): Sprite {
  return makeSprite(256, 256, (ctx) => {
    const light = ctx.createRadialGradient(128, 128, 0, 128, 128, 128);
    light.addColorStop(0, fade(color, strength));
    light.addColorStop(0.35, fade(color, strength * 0.55));
    light.addColorStop(0.7, fade(color, strength * 0.14));
    light.addColorStop(1, fade(color, 0));
    ctx.fillStyle = light;
    ctx.fillRect(0, 0, 256, 256);
  });
}

/** Draws a sprite centred, `width` × `height` pixels large. */
export function drawCentered(
  ctx: Context,
  sprite: Sprite | Image,
  x: number,
  y: number,
  width: number,
  height = width,
): void {
  if (width > 0 && height > 0) ctx.drawImage(sprite, x - width / 2, y - height / 2, width, height);
}

/** Runs `draw` with the context moved, turned and scaled, then puts it back. */
export function at(
  ctx: Context,
  place: { x: number; y: number; turn?: number; scale?: number; scaleX?: number },
  draw: () => void,
): void {
  const scale = place.scale ?? 1;
  if (scale <= 0) return;
  ctx.save();
  ctx.translate(place.x, place.y);
  if (place.turn) ctx.rotate(place.turn);
  ctx.scale(scale * (place.scaleX ?? 1), scale);
  draw();
  ctx.restore();
}

/** The picture is this share of its sprite; the rest is room for the shadow. */
const PROP_SHARE = 0.72;

/** A prop from its drawn icon. `size` is the largest it will be drawn, in pixels. */
export function makeProp(actor: Actor, icon: Image, size: number, palette: Palette): Prop {
  const whole = size / PROP_SHARE;
  const edge = (whole - size) / 2;
  const sprite = makeSprite(whole, whole, (ctx) => {
    ctx.shadowColor = fade(palette.land[3], palette.dark ? 0.55 : 0.38);
    ctx.shadowBlur = size * 0.09;
    ctx.shadowOffsetY = size * 0.055;
    ctx.drawImage(icon, edge, edge, size, size);
  });
  return {
    actor,
    draw(ctx, x, y, height, { turn = 0, opacity = 1, flip = false } = {}) {
      if (height <= 0 || opacity <= 0) return;
      const drawn = height / PROP_SHARE;
      ctx.globalAlpha = Math.min(1, opacity);
      at(ctx, { x, y, turn, scaleX: flip ? -1 : 1 }, () => drawCentered(ctx, sprite, 0, 0, drawn));
      ctx.globalAlpha = 1;
    },
  };
}

/** A path with rounded corners, centred at 0, 0. */
export function roundedBox(ctx: Context, width: number, height: number, radius: number): void {
  ctx.beginPath();
  ctx.roundRect(-width / 2, -height / 2, width, height, radius);
}

const FONT_BOLD = 'clipt footage bold';
const FONT_MEDIUM = 'clipt footage medium';

/** Registers the letters of labels and numbers; repeating it does nothing. */
export function loadFonts(): void {
  if (GlobalFonts.has(FONT_BOLD)) return;
  const fontFile = (path: string) =>
    fileURLToPath(import.meta.resolve(`@expo-google-fonts/poppins/${path}`));
  GlobalFonts.registerFromPath(fontFile('800ExtraBold/Poppins_800ExtraBold.ttf'), FONT_BOLD);
  GlobalFonts.registerFromPath(fontFile('600SemiBold/Poppins_600SemiBold.ttf'), FONT_MEDIUM);
}

/** Centred text, made smaller where it would be wider than `maxWidth`. */
export function drawText(
  ctx: Context,
  text: string,
  place: {
    x: number;
    y: number;
    size: number;
    maxWidth: number;
    color: string;
    weight?: 'bold' | 'medium';
    align?: 'center' | 'left';
  },
): void {
  const family = place.weight === 'medium' ? FONT_MEDIUM : FONT_BOLD;
  ctx.font = `${place.size}px "${family}"`;
  const width = ctx.measureText(text).width;
  const size = width > place.maxWidth ? (place.size * place.maxWidth) / width : place.size;
  ctx.font = `${size}px "${family}"`;
  ctx.textAlign = place.align ?? 'center';
  ctx.textBaseline = 'alphabetic';
  ctx.fillStyle = place.color;
  ctx.fillText(text, place.x, place.y + size * 0.35);
}

/** A label word as people write it on a sign. */
export const asLabel = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1, 16);

/** A slow sway and a pop at `start`, for props that have nothing else to do. */
export const arrive = (t: number, start: number): number => popIn(t + 0.12, start);
