import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';
import { FRAME_SIZE, type Size } from '../../../media/formats.ts';
import type { ClipRequest } from '../../models.ts';
import { loadTagger } from '../text/nouns.ts';
import { makeBackdrop, makeFinish, makeFloor } from './backdrop.ts';
import type { Actor } from './cast.ts';
import { type Imagery, loadImagery } from './imagery.ts';
import { layouts } from './layouts/layouts.ts';
import { easeInOut, lerp, through, wave } from './motion.ts';
import { planShot, type Shot } from './plan-shot.ts';
import { makeRandom } from './random.ts';
import { at, boxOf, loadFonts, makeProp, type Prop, type Stage } from './stage.ts';

/** Clips are drawn at two thirds of the finished size: half the pixels, and the compositor scales anyway. */
const DRAWN_SHARE = 2 / 3;

export type DrawnClip = Size & {
  readonly shot: Shot;
  /** Draws the moment `t` (seconds) and returns the canvas, which the next call draws over. */
  readonly drawAt: (t: number) => Canvas;
};

/** Pixels that clips of this format are drawn at, such as 720 × 1280. */
export function clipSize(format: ClipRequest['format']): Size {
  const { width, height } = FRAME_SIZE[format];
  const even = (pixels: number) => 2 * Math.round((pixels * DRAWN_SHARE) / 2);
  return { width: even(width), height: even(height) };
}

/**
 * Prepares a clip: plans the shot and draws every sprite. The same request gives the same pixels.
 * `size` is the format's own unless given; every layout scales to it.
 */
export async function prepareClip(request: ClipRequest, size?: Size): Promise<DrawnClip> {
  const imagery = loadImagery();
  loadFonts();
  const { width, height } = size ?? clipSize(request.format);
  const shot = planShot(request.prompt, request.seed, { imagery, tag: await loadTagger() });
  const box = boxOf({ width, height });
  const unit = Math.min(box.w, box.h);
  const stage: Stage = {
    width,
    height,
    box,
    centerX: box.x + box.w / 2,
    centerY: box.y + box.h / 2,
    unit,
    palette: shot.palette,
    random: makeRandom(shot.seed),
    seconds: request.seconds,
    shot,
    props: await loadProps(shot.actors, imagery, unit * 0.6, shot),
  };
  const backdrop = makeBackdrop(stage);
  const floor = STANDS_ON_LAND.has(shot.layout) ? null : makeFloor(stage);
  const scene = layouts[shot.layout](stage);
  const finish = makeFinish(stage);
  const canvas = createCanvas(width, height);
  const ctx = canvas.getContext('2d');
  const camera = makeCamera(stage);
  const drawAt = (t: number) => {
    backdrop(ctx, t);
    at(ctx, camera(t), () => {
      ctx.translate(-width / 2, -height * 0.4);
      floor?.(ctx, t);
      scene(ctx, t);
    });
    finish(ctx, t);
    return canvas;
  };
  return { width, height, shot, drawAt };
}

/** Layouts that fill the lower part of the picture themselves. */
const STANDS_ON_LAND: ReadonlySet<string> = new Set([
  'landscape',
  'seaside',
  'underwater',
  'city',
  'versus',
  'space',
]);

/** A slow push in or out with a breath of sway, so that nothing ever stands still. */
function makeCamera({ width, height, unit, random, seconds }: Stage) {
  const inwards = random.whole(0, 2) > 0;
  const phase = random.between(0, 1);
  return (t: number) => {
    const k = easeInOut(through(t, 0, seconds) * 0.5 + 0.25);
    return {
      x: width / 2 + unit * 0.008 * wave(t, 7, phase),
      y: height * 0.4 + unit * 0.006 * wave(t, 5.5, phase),
      scale: inwards ? lerp(1.0, 1.06, k) : lerp(1.06, 1.0, k),
    };
  };
}

async function loadProps(
  actors: readonly Actor[],
  { svg }: Imagery,
  largest: number,
  { palette }: Shot,
): Promise<readonly Prop[]> {
  return await Promise.all(
    actors.map(async (actor, index) => {
      const size = Math.round(index === 0 ? largest * 1.25 : largest);
      const icon = await loadImage(Buffer.from(svg(actor.icon, size)));
      return makeProp(actor, icon, size, palette);
    }),
  );
}
