import { fade, lighter } from '../color.ts';
import { easeInOut, lerp, through, wave } from '../motion.ts';
import { arrive, drawCentered, drawText, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** Moments along a line; the camera travels from the first to the last. */
export const timeline: Layout = (stage) => {
  const { width, unit, palette, props, shot, centerY, seconds, random } = stage;
  const count = Math.max(2, Math.min(4, shot.years.length || props.length));
  const gap = Math.max(unit * 0.62, width * 0.3);
  const lineY = centerY + unit * 0.16;
  const medal = makeSprite(unit * 0.62, unit * 0.62, (ctx) => {
    const middle = unit * 0.31;
    ctx.shadowColor = fade(palette.land[3], 0.5);
    ctx.shadowBlur = unit * 0.05;
    ctx.shadowOffsetY = unit * 0.02;
    const face = ctx.createLinearGradient(0, 0, 0, unit * 0.6);
    face.addColorStop(0, '#ffffff');
    face.addColorStop(1, lighter(palette.glow[0], 0.55));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.arc(middle, middle, unit * 0.25, 0, 6.2832);
    ctx.fill();
  });
  const halo = makeGlow(palette.accent, 0.8);
  const ticks = Array.from({ length: 60 }, () => random.between(0.4, 1));
  return (ctx, t) => {
    const span = (count - 1) * gap;
    const move = easeInOut(through(t, 0.3, Math.max(1.6, Math.min(seconds, 6) * 0.85)));
    const camera = lerp(gap * 0.12, span - gap * 0.12, move) + gap * 0.03 * wave(t, 3);
    const xOf = (place: number) => width / 2 + place - camera;
    ctx.fillStyle = fade(palette.ink, 0.5);
    for (const [index, tall] of ticks.entries()) {
      const x = xOf((index - 16) * gap * 0.125);
      if (x > -4 && x < width + 4) ctx.fillRect(x, lineY + unit * 0.03, 3, unit * 0.045 * tall);
    }
    ctx.fillStyle = fade(palette.ink, 0.85);
    ctx.fillRect(0, lineY - unit * 0.008, width, unit * 0.016);
    ctx.fillStyle = palette.accent;
    ctx.fillRect(0, lineY - unit * 0.008, width / 2, unit * 0.016);
    drawCentered(ctx, halo, width / 2, lineY, unit * (0.32 + 0.05 * wave(t, 1.8)));
    for (let index = 0; index < count; index += 1) {
      const x = xOf(index * gap);
      const near = Math.max(0, 1 - Math.abs(x - width / 2) / gap);
      const scale = (0.78 + 0.3 * near) * (0.6 + 0.4 * arrive(t, index * 0.12 - 0.1));
      const y = lineY - unit * 0.4 + unit * 0.012 * wave(t, 3, index * 0.3);
      ctx.fillStyle = fade(palette.ink, 0.8);
      ctx.fillRect(
        x - unit * 0.004,
        y + unit * 0.22 * scale,
        unit * 0.008,
        lineY - y - unit * 0.22 * scale,
      );
      drawCentered(ctx, medal, x, y, medal.width * scale);
      props[index % Math.max(1, props.length)]?.draw(ctx, x, y, unit * 0.32 * scale, {
        turn: 0.05 * wave(t, 3.4, index * 0.4),
      });
      ctx.fillStyle = near > 0.5 ? palette.accent : palette.ink;
      ctx.beginPath();
      ctx.arc(x, lineY, unit * (0.024 + 0.016 * near), 0, 6.2832);
      ctx.fill();
      const year = shot.years[index];
      if (year)
        drawText(ctx, year, {
          x,
          y: lineY + unit * 0.14,
          size: unit * (0.085 + 0.04 * near),
          maxWidth: gap * 0.8,
          color: palette.ink,
        });
    }
  };
};
