import { fade, lighter, mix } from '../color.ts';
import { drift, wave } from '../motion.ts';
import { makeCloud } from '../scenery.ts';
import { arrive, drawCentered, type Layout, makeGlow, makeSprite, type Stage } from '../stage.ts';

/** A skyline in three depths with lit windows, passing by; the subject hangs over it like a sign. */
export const city: Layout = (stage) => {
  const { width, unit, palette, random, props, centerX, centerY, box } = stage;
  const rows = [0, 1, 2].map((depth) => ({
    sprite: makeSkyline(stage, depth),
    top: box.y + box.h * (0.39 + depth * 0.183),
    pace: unit * (0.012 + depth * 0.02),
  }));
  const moon = makeGlow(palette.glow[0], 0.9);
  const cloud = makeCloud(random, unit * 0.5, palette.glow[1]);
  const halo = makeGlow(palette.glow[0], 0.75);
  const lamp = makeGlow(palette.accent, 0.95);
  const [hero, ...others] = props;
  return (ctx, t) => {
    drawCentered(ctx, moon, width * 0.78, box.y + unit * 0.16, unit * 0.95);
    ctx.fillStyle = lighter(palette.glow[0], 0.5);
    ctx.beginPath();
    ctx.arc(width * 0.78, box.y + unit * 0.16, unit * 0.085, 0, 6.2832);
    ctx.fill();
    ctx.globalAlpha = 0.6;
    ctx.drawImage(cloud, ((t * 0.02 + 0.3) % 1.4) * width - cloud.width, box.y + unit * 0.05);
    ctx.globalAlpha = 1;
    for (const [depth, { sprite, top, pace }] of rows.entries()) {
      ctx.drawImage(sprite, -width * 0.1 - drift(t, pace, width * 0.2), top);
      if (depth !== 1 || !hero) continue;
      drawCentered(ctx, halo, centerX, centerY, unit * (1.1 + 0.04 * wave(t, 3)));
      hero.draw(
        ctx,
        centerX,
        centerY - unit * 0.04 + unit * 0.02 * wave(t, 3.4),
        unit * 0.6 * (0.5 + 0.5 * arrive(t, -0.1)),
        { turn: 0.04 * wave(t, 4.6) },
      );
      for (const [index, prop] of others.slice(0, 3).entries())
        prop.draw(
          ctx,
          centerX + unit * ([-0.38, 0.4, -0.3][index] ?? 0),
          centerY +
            unit * ([0.2, 0.12, -0.34][index] ?? 0) +
            unit * 0.015 * wave(t, 3, index * 0.4),
          unit * 0.27 * arrive(t, 0.2 + index * 0.2),
          { turn: 0.06 * wave(t, 3.2, index * 0.5) },
        );
    }
    for (let index = 0; index < 6; index += 1) {
      const way = index % 2 === 0 ? 1 : -1;
      const along = (((index * 0.23 + t * 0.16 * way * (1 + index * 0.1)) % 1.2) + 1.2) % 1.2;
      drawCentered(
        ctx,
        lamp,
        (along - 0.1) * width,
        box.y + box.h * (way > 0 ? 1.02 : 1.043),
        unit * 0.13,
        unit * 0.05,
      );
    }
  };
};

function makeSkyline({ width, height, unit, palette, random }: Stage, depth: number) {
  const color = mix(palette.land[depth] ?? palette.land[2], palette.land[3], 0.12);
  return makeSprite(width * 1.35, height * 0.75, (ctx) => {
    for (let x = -10; x < width * 1.35; ) {
      const wide = unit * random.between(0.11, 0.2);
      const top = unit * random.between(0, 0.24);
      const face = ctx.createLinearGradient(0, top, 0, top + unit * 0.7);
      face.addColorStop(0, lighter(color, 0.14));
      face.addColorStop(1, color);
      ctx.fillStyle = face;
      ctx.beginPath();
      ctx.roundRect(x, top, wide + 1, height, [unit * 0.012, unit * 0.012, 0, 0]);
      ctx.fill();
      if (random.whole(0, 3) === 0)
        ctx.fillRect(x + wide / 2 - 2, top - unit * 0.06, 4, unit * 0.06);
      const pane = unit * 0.022;
      const columns = Math.floor(wide / (pane * 2.1));
      for (let row = 0; row < 7 - depth * 2; row += 1)
        for (let column = 0; column < columns; column += 1) {
          if (random.between(0, 1) < 0.45) continue;
          ctx.fillStyle = fade(
            random.whole(0, 4) === 0 ? palette.glow[0] : palette.accent,
            random.between(0.35, 0.9),
          );
          ctx.fillRect(
            x + pane * (0.9 + column * 2.1),
            top + pane * (1.4 + row * 2.3),
            pane,
            pane * 1.3,
          );
        }
      x += wide + (random.whole(0, 4) === 0 ? unit * 0.03 : 0);
    }
  });
}
