import { fade, lighter, mix } from '../color.ts';
import { easeOut, lerp, through, wave } from '../motion.ts';
import { makeCloud } from '../scenery.ts';
import { arrive, type Context, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

const WAVE_DEPTHS = 5;

/** The sea from above: a sun or moon over the horizon, its light on the water, the subject afloat. */
export const seaside: Layout = (stage) => {
  const { width, height, unit, palette, random, box, props, shot, centerX } = stage;
  const horizon = box.y + box.h * 0.58;
  const water = mix(palette.land[1], '#0c6fa8', shot.night ? 0.35 : 0.55);
  const bands = Array.from({ length: WAVE_DEPTHS }, (_, depth) => ({
    sprite: makeWaves(width * 1.5, height - horizon, {
      color: mix(lighter(water, 0.28), mix(water, palette.land[3], 0.55), depth / WAVE_DEPTHS),
      rise: unit * (0.006 + 0.005 * depth),
      length: unit * (0.14 + 0.07 * depth),
    }),
    top: horizon + unit * (0.004 + 0.052 * depth + 0.012 * depth * depth),
    way: depth % 2 === 0 ? 1 : -1,
    period: 3.4 + 0.5 * depth,
    phase: random.between(0, 1),
  }));
  const clouds = [0.15, 0.8].map((x, index) => ({
    sprite: makeCloud(random, unit * random.between(0.3, 0.46), palette.glow[1]),
    x,
    y: box.y + unit * ([0.14, 0.02][index] ?? 0),
    pace: random.between(0.01, 0.02),
  }));
  const light = makeGlow(palette.glow[0], 0.95);
  const glint = makeGlow('#ffffff', 0.7);
  const disc = shot.night ? '#f6f3ff' : lighter(palette.accent, 0.2);
  const sunX = width * random.between(0.6, 0.74);
  const [hero, ...others] = props;
  return (ctx, t) => {
    const sunY = horizon - unit * lerp(0.1, 0.27, easeOut(through(t, -0.6, 2.4)));
    drawCentered(ctx, light, sunX, sunY, unit * 1.3);
    ctx.fillStyle = disc;
    ctx.beginPath();
    ctx.arc(sunX, sunY, unit * (hero ? 0.12 : 0.17), 0, 6.2832);
    ctx.fill();
    for (const { sprite, x, y, pace } of clouds) {
      const along = ((x + 0.2 + t * pace) % 1.6) - 0.3;
      ctx.drawImage(sprite, along * width - sprite.width / 2, y);
    }
    const sway = unit * 0.016 * wave(t, 3.4);
    for (const [depth, { sprite, top, way, period, phase }] of bands.entries()) {
      if (depth === 2) {
        hero?.draw(
          ctx,
          centerX - width * 0.06,
          horizon - unit * 0.06 + sway,
          unit * 0.56 * arrive(t, -0.1),
          {
            turn: 0.035 * wave(t, 4.2),
          },
        );
        for (const [index, prop] of others.slice(0, 2).entries())
          prop.draw(
            ctx,
            width * (index === 0 ? 0.82 : 0.15),
            horizon + unit * 0.01 + unit * 0.014 * wave(t, 3, 0.3 + index * 0.4),
            unit * 0.26 * arrive(t, 0.2 + index * 0.2),
            { turn: 0.04 * wave(t, 3.6, index * 0.3) },
          );
      }
      ctx.drawImage(
        sprite,
        -width * 0.25 + way * unit * 0.05 * wave(t, period * 2, phase),
        top + unit * 0.008 * wave(t, period, phase),
      );
      for (const side of [-1, 0, 1]) {
        ctx.globalAlpha = 0.35 + 0.3 * wave(t, 1.9, depth * 0.23 + side * 0.3);
        drawCentered(
          ctx,
          glint,
          sunX + side * unit * (0.03 + 0.03 * depth),
          top + unit * 0.03,
          unit * (0.12 + 0.03 * depth),
          unit * 0.022,
        );
      }
      ctx.globalAlpha = 1;
    }
  };
};

function makeWaves(
  width: number,
  height: number,
  { color, rise, length }: { color: string; rise: number; length: number },
) {
  const crest = (x: number) =>
    rise * (1.2 + Math.sin((x / length) * 6.2832) + 0.35 * Math.sin((x / length) * 14.3));
  const trace = (ctx: Context) => {
    ctx.beginPath();
    ctx.moveTo(0, crest(0));
    for (let x = 0; x <= width + 8; x += 8) ctx.lineTo(x, crest(x));
  };
  return makeSprite(width, height, (ctx) => {
    trace(ctx);
    ctx.lineTo(width, height);
    ctx.lineTo(0, height);
    ctx.closePath();
    ctx.fillStyle = color;
    ctx.fill();
    trace(ctx);
    ctx.strokeStyle = fade('#ffffff', 0.3);
    ctx.lineWidth = 2.5;
    ctx.stroke();
  });
}
