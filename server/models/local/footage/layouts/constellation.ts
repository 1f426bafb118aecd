import { fade, lighter } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import { arrive, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** The subject in the middle, what belongs to it around it, threads between them with light running along. */
export const constellation: Layout = (stage) => {
  const { centerX, centerY, unit, palette, props, width, box } = stage;
  const [hero, ...others] = props;
  const shown = others.slice(0, 5);
  const size = unit * 0.33;
  const medal = makeSprite(size * 1.4, size * 1.4, (ctx) => {
    ctx.shadowColor = fade(palette.land[3], 0.4);
    ctx.shadowBlur = size * 0.14;
    ctx.shadowOffsetY = size * 0.05;
    const face = ctx.createLinearGradient(0, 0, size, size * 1.4);
    face.addColorStop(0, '#ffffff');
    face.addColorStop(1, lighter(palette.glow[0], 0.6));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.arc(size * 0.7, size * 0.7, size * 0.52, 0, 6.2832);
    ctx.fill();
  });
  const halo = makeGlow(palette.glow[0], 0.85);
  const spark = makeGlow(palette.accent, 1);
  const [reachX, reachY] = [Math.min(box.w * 0.4, width / 2 - size * 0.58), unit * 0.4];
  const first = stage.random.between(-1.3, -0.6);
  return (ctx, t) => {
    const places = shown.map((_, index) => {
      const angle = first + (index / shown.length) * 6.2832 + 0.1 * wave(t, 8) + t * 0.03;
      const out = 0.5 + 0.5 * easeOut(through(t, -0.2 + index * 0.1, 0.8));
      return {
        x: centerX + Math.cos(angle) * reachX * out,
        y: centerY + Math.sin(angle) * reachY * out,
      };
    });
    drawCentered(ctx, halo, centerX, centerY, unit * (1.3 + 0.06 * wave(t, 3)));
    ctx.lineWidth = unit * 0.009;
    ctx.lineCap = 'round';
    for (const [index, { x, y }] of places.entries()) {
      ctx.strokeStyle = fade(palette.ink, 0.45);
      ctx.beginPath();
      ctx.moveTo(centerX, centerY);
      ctx.lineTo(x, y);
      ctx.stroke();
      const k = (t * 0.55 + index * 0.31) % 1;
      drawCentered(
        ctx,
        spark,
        centerX + (x - centerX) * k,
        centerY + (y - centerY) * k,
        unit * 0.13 * Math.sin(Math.PI * k),
      );
    }
    for (const [index, prop] of shown.entries()) {
      const place = places[index];
      if (!place) continue;
      const scale = arrive(t, 0.05 + index * 0.12) * (1 + 0.03 * wave(t, 2.4, index * 0.2));
      drawCentered(ctx, medal, place.x, place.y, medal.width * scale);
      prop.draw(ctx, place.x, place.y, size * 0.72 * scale, {
        turn: 0.06 * wave(t, 3, index * 0.3),
      });
    }
    hero?.draw(
      ctx,
      centerX,
      centerY + unit * 0.012 * wave(t, 3.4),
      unit *
        (shown.length > 2 ? 0.46 : 0.58) *
        (0.55 + 0.45 * arrive(t, -0.15)) *
        (1 + 0.02 * wave(t, 2.2)),
      { turn: 0.04 * wave(t, 4.6) },
    );
  };
};
