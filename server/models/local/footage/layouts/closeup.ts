import { fade } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import { makeMotes, makeRays } from '../scenery.ts';
import { arrive, at, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** One large object on a lit stage, its companions circling it. */
export const closeup: Layout = (stage) => {
  const { centerX, centerY, unit, palette, random, props, width } = stage;
  const rays = makeRays(unit * 1.9, palette.glow[0], 14);
  const halo = makeGlow(palette.glow[0], palette.dark ? 0.75 : 0.95);
  const disc = makeSprite(unit * 0.9, unit * 0.9, (ctx) => {
    const size = unit * 0.9;
    const face = ctx.createLinearGradient(0, 0, size, size);
    face.addColorStop(0, fade(palette.second, 0.95));
    face.addColorStop(1, fade(palette.accent, 0.95));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.arc(size / 2, size / 2, size * 0.47, 0, 6.2832);
    ctx.fill();
    ctx.strokeStyle = 'rgba(255,255,255,0.55)';
    ctx.lineWidth = size * 0.012;
    ctx.stroke();
  });
  const motes = makeMotes(random, 18);
  const spark = makeGlow('#ffffff', 0.9);
  const [hero, ...others] = props;
  const turnWay = random.whole(0, 1) === 0 ? 1 : -1;
  const spread = Math.min(1.35, (width / unit) * 0.42);
  return (ctx, t) => {
    at(ctx, { x: centerX, y: centerY, turn: turnWay * t * 0.09 }, () =>
      drawCentered(ctx, rays, 0, 0, unit * 1.9),
    );
    drawCentered(ctx, halo, centerX, centerY, unit * (1.5 + 0.06 * wave(t, 3.2)));
    const grown = 0.55 + 0.45 * easeOut(through(t, -0.25, 0.8));
    drawCentered(ctx, disc, centerX, centerY, unit * 0.86 * grown);
    for (const [ring, radius] of [0.49, 0.57].entries()) {
      ctx.strokeStyle = fade(palette.ink, 0.3 - ring * 0.12);
      ctx.lineWidth = unit * 0.006;
      ctx.setLineDash([unit * 0.05, unit * 0.035]);
      ctx.lineDashOffset = turnWay * t * unit * (0.05 + ring * 0.03) * (ring === 0 ? 1 : -1);
      ctx.beginPath();
      ctx.arc(centerX, centerY, unit * radius * grown, 0, 6.2832);
      ctx.stroke();
    }
    ctx.setLineDash([]);
    for (const { x, y, size, pace, phase } of motes) {
      const rise = (y + t * 0.03 * pace) % 1;
      ctx.globalAlpha = 0.35 + 0.35 * wave(t, 2.4 / pace, phase);
      drawCentered(ctx, spark, width * x, centerY + unit * (0.75 - 1.5 * rise), unit * 0.05 * size);
    }
    ctx.globalAlpha = 1;
    const breathe = 1 + 0.02 * wave(t, 2.8);
    hero?.draw(
      ctx,
      centerX,
      centerY + unit * 0.016 * wave(t, 3.6),
      unit * 0.64 * breathe * (0.5 + 0.5 * arrive(t, -0.1)),
      { turn: 0.05 * wave(t, 5) },
    );
    const shown = others.slice(0, 4);
    for (const [index, prop] of shown.entries()) {
      const angle = turnWay * t * 0.28 + (index / shown.length) * 6.2832 - 0.9;
      prop.draw(
        ctx,
        centerX + Math.cos(angle) * unit * 0.42 * spread,
        centerY + Math.sin(angle) * unit * 0.44,
        unit * 0.22 * arrive(t, 0.15 + index * 0.14),
        { turn: 0.08 * wave(t, 3, index / 4) },
      );
    }
  };
};
