import { createCanvas } from '@napi-rs/canvas';
import { darker, fade, mix } from './color.ts';
import { wave } from './motion.ts';
import { makeRandom } from './random.ts';
import { makeHills } from './scenery.ts';
import { makeGlow, makeSprite, type Scene, type Stage } from './stage.ts';

/** The background is smooth, so it is painted small and enlarged: a sixteenth of the work looks the same. */
const SHRINK = 8;

/** A gradient sky with three slow moving lights. */
export function makeBackdrop({ width, height, palette, random }: Stage): Scene {
  const [w, h] = [Math.ceil(width / SHRINK), Math.ceil(height / SHRINK)];
  const small = createCanvas(w, h);
  const paint = small.getContext('2d');
  const sky = paint.createLinearGradient(0, 0, w * 0.2, h);
  sky.addColorStop(0, palette.sky[0]);
  sky.addColorStop(0.5, palette.sky[1]);
  sky.addColorStop(1, palette.sky[2]);
  const lights = palette.glow.map((color, index) => ({
    sprite: makeGlow(color, palette.dark ? 0.5 : 0.75),
    x: random.between(0.1, 0.9),
    y: [0.12, 0.42, 0.72][index] ?? 0.5,
    size: random.between(0.9, 1.4),
    period: random.between(7, 12),
    phase: random.between(0, 1),
  }));
  return (ctx, t) => {
    paint.fillStyle = sky;
    paint.fillRect(0, 0, w, h);
    const across = Math.max(w, h * 0.7);
    for (const { sprite, x, y, size, period, phase } of lights) {
      const drawn = across * size;
      const left = w * (x + 0.2 * wave(t, period, phase)) - drawn / 2;
      const top = h * (y + 0.09 * wave(t, period * 0.8, phase + 0.3)) - drawn / 2;
      paint.drawImage(sprite, left, top, drawn, drawn);
    }
    ctx.drawImage(small, 0, 0, width, height);
  };
}

/** Soft waves along the foot of the picture, so that a scene without land of its own has a ground. */
export function makeFloor(stage: Stage): Scene {
  const { width, height, unit, palette, seconds } = stage;
  const waves = [0.7, 0.79, 0.88].map((top, depth) => ({
    sprite: makeHills(stage, {
      width: width * 1.4,
      height: height * (1.08 - top),
      color: mix(palette.land[depth] ?? palette.land[2], palette.sky[2], 0.35 - depth * 0.12),
      rough: unit * 0.035,
    }),
    top: height * top,
    way: depth % 2 === 0 ? 1 : -1,
  }));
  return (ctx, t) => {
    ctx.globalAlpha = 0.72;
    for (const { sprite, top, way } of waves) {
      const shift = way * width * 0.05 * (t / Math.max(seconds, 4) - 0.5) * 2;
      ctx.drawImage(
        sprite,
        -width * 0.2 + shift,
        top - unit * 0.07 + unit * 0.008 * wave(t, 5, top),
      );
    }
    ctx.globalAlpha = 1;
  };
}

/** Laid over every frame: darker corners, a calm band where captions stand, fine grain against banding. */
export function makeFinish({ width, height, palette, shot, box }: Stage): Scene {
  const bandTop = box.y + box.h - height * 0.115;
  // White letters need more help on light colours.
  const calm = palette.dark ? 1 : 1.4;
  const shade = darker(palette.land[3], 0.45);
  const finish = makeSprite(width, height, (ctx) => {
    const band = ctx.createLinearGradient(0, bandTop, 0, height);
    band.addColorStop(0, fade(shade, 0));
    band.addColorStop(0.3, fade(shade, 0.26 * calm));
    band.addColorStop(0.55, fade(shade, 0.3 * calm));
    band.addColorStop(1, fade(shade, 0.42 * calm));
    ctx.fillStyle = band;
    ctx.fillRect(0, 0, width, height);
    const reach = Math.hypot(width, height) / 2;
    const corners = ctx.createRadialGradient(
      width / 2,
      height * 0.42,
      reach * 0.55,
      width / 2,
      height * 0.5,
      reach * 1.05,
    );
    corners.addColorStop(0, fade(shade, 0));
    corners.addColorStop(1, fade(shade, 0.4));
    ctx.fillStyle = corners;
    ctx.fillRect(0, 0, width, height);
    const grain = ctx.createPattern(makeGrain(shot.seed), 'repeat');
    if (grain) ctx.fillStyle = grain;
    ctx.fillRect(0, 0, width, height);
  });
  return (ctx) => ctx.drawImage(finish, 0, 0);
}

const GRAIN_SIZE = 128;
/** Opacity of a grain, of 255. */
const GRAIN_OPACITY = 9;

function makeGrain(seed: number) {
  const random = makeRandom(seed);
  return makeSprite(GRAIN_SIZE, GRAIN_SIZE, (ctx) => {
    const image = ctx.createImageData(GRAIN_SIZE, GRAIN_SIZE);
    for (let index = 0; index < image.data.length; index += 4) {
      const value = random.between(0, 1) < 0.5 ? 0 : 255;
      image.data.set([value, value, value, random.whole(0, GRAIN_OPACITY)], index);
    }
    ctx.putImageData(image, 0, 0);
  });
}
