import { fade } from '../color.ts';
import { easeInOut, easeOut, through, wave } from '../motion.ts';
import { makeRays } from '../scenery.ts';
import { arrive, at, drawCentered, drawText, type Layout, makeGlow } from '../stage.ts';

/** A figure as large as the frame allows, in a ring that fills; its digits count up. */
export const bigNumber: Layout = (stage) => {
  const { centerX, centerY, unit, palette, props, width, shot, box } = stage;
  const figure = shot.figure ?? `${shot.actors[0]?.count ?? 1}`;
  const share = /%/.test(figure) ? Math.min(1, Number.parseFloat(figure) / 100) : 0.82;
  const halo = makeGlow(palette.glow[0], 0.8);
  const rays = makeRays(unit * 2, palette.glow[1], 20);
  const radius = unit * 0.45;
  const textWidth = Math.max(radius * 1.55, box.w > box.h * 1.4 ? radius * 1.6 : 0);
  return (ctx, t) => {
    at(ctx, { x: centerX, y: centerY, turn: t * 0.06 }, () =>
      drawCentered(ctx, rays, 0, 0, unit * 2),
    );
    drawCentered(ctx, halo, centerX, centerY, unit * (1.5 + 0.05 * wave(t, 3)));
    ctx.lineCap = 'round';
    ctx.lineWidth = unit * 0.05;
    ctx.strokeStyle = fade(palette.ink, 0.18);
    ctx.beginPath();
    ctx.arc(centerX, centerY, radius, 0, 6.2832);
    ctx.stroke();
    const filled = share * (0.12 + 0.88 * easeInOut(through(t, 0, 1.4))) + 0.006 * wave(t, 2.4);
    ctx.strokeStyle = palette.accent;
    ctx.beginPath();
    ctx.arc(centerX, centerY, radius, -Math.PI / 2, -Math.PI / 2 + 6.2832 * filled);
    ctx.stroke();
    ctx.save();
    ctx.shadowColor = fade(palette.land[3], 0.5);
    ctx.shadowOffsetY = unit * 0.012;
    const grown = 0.75 + 0.25 * easeOut(through(t, -0.1, 0.7));
    drawText(ctx, counted(figure, 0.3 + 0.7 * easeOut(through(t, -0.1, 1.2))), {
      x: centerX,
      y: centerY + unit * 0.02,
      size: unit * 0.34 * grown * (1 + 0.012 * wave(t, 2.6)),
      maxWidth: textWidth * grown,
      color: palette.dark ? '#ffffff' : palette.ink,
    });
    ctx.restore();
    for (const [index, prop] of props.slice(0, 3).entries()) {
      const angle = [-0.72, 3.75, 2.5][index] ?? 0;
      const reach = Math.min(unit * 0.52, width * 0.38);
      prop.draw(
        ctx,
        centerX + Math.cos(angle) * reach,
        centerY + Math.sin(angle) * unit * 0.44 + unit * 0.015 * wave(t, 3, index * 0.3),
        unit * (index === 0 ? 0.36 : 0.26) * arrive(t, 0.1 + index * 0.2),
        { turn: 0.09 * wave(t, 3.4, index * 0.4) },
      );
    }
  };
};

/** The figure with its whole number at `k` of its value; signs, units and decimals stay as written. */
function counted(figure: string, k: number): string {
  if (k >= 1) return figure;
  return figure.replace(/\d[\d,]*/, (digits) => {
    const value = Math.round(Number(digits.replaceAll(',', '')) * k);
    return digits.includes(',') ? value.toLocaleString('en-US') : `${value}`;
  });
}
