import { fade, lighter, mix } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import {
  arrive,
  at,
  drawCentered,
  drawText,
  type Layout,
  makeGlow,
  makeSprite,
  roundedBox,
} from '../stage.ts';

/** Two sides of a slanted line, one subject in each. */
export const versus: Layout = (stage) => {
  const { width, height, unit, palette, props, box, centerX, centerY } = stage;
  const tall = height > width * 1.1;
  const slant = width * 0.09;
  const side = makeSprite(width, height, (ctx) => {
    const face = ctx.createLinearGradient(width / 2, 0, width, height);
    face.addColorStop(0, mix(palette.second, palette.sky[1], 0.25));
    face.addColorStop(1, mix(palette.second, palette.land[3], 0.65));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.moveTo(width / 2 + slant, 0);
    ctx.lineTo(width, 0);
    ctx.lineTo(width, height);
    ctx.lineTo(width / 2 - slant, height);
    ctx.fill();
    ctx.strokeStyle = fade('#ffffff', 0.85);
    ctx.lineWidth = unit * 0.012;
    ctx.beginPath();
    ctx.moveTo(width / 2 + slant, -9);
    ctx.lineTo(width / 2 - slant, height + 9);
    ctx.stroke();
  });
  const halos = [
    makeGlow(lighter(palette.glow[0], 0.2), 0.8),
    makeGlow(lighter(palette.second, 0.5), 0.8),
  ];
  const shift = tall ? width * 0.235 : box.w * 0.25;
  const size = tall ? width * 0.41 : unit * 0.74;
  const drop = tall ? unit * 0.13 : unit * 0.03;
  return (ctx, t) => {
    ctx.drawImage(
      side,
      (1 - easeOut(through(t, -0.35, 0.6))) * width * 0.4 + width * 0.006 * wave(t, 4),
      0,
    );
    for (const [index, prop] of props.slice(0, 2).entries()) {
      const way = index === 0 ? -1 : 1;
      const come = (1 - easeOut(through(t, -0.15 + index * 0.15, 0.7))) * width * 0.5;
      const x = centerX + way * (shift + come);
      const y = centerY + way * drop + unit * 0.02 * wave(t, 3, index * 0.5);
      const halo = halos[index];
      if (halo) drawCentered(ctx, halo, x, y, size * (1.6 + 0.06 * wave(t, 2.6, index * 0.5)));
      prop.draw(ctx, x, y, size, { turn: way * 0.05 * wave(t, 3.4) });
    }
    at(
      ctx,
      {
        x: centerX,
        y: centerY,
        turn: 0.05 * wave(t, 3),
        scale: arrive(t, 0.15) * (1 + 0.03 * wave(t, 1.6)),
      },
      () => {
        const badge = unit * 0.2;
        ctx.fillStyle = fade(palette.land[3], 0.35);
        ctx.beginPath();
        ctx.arc(0, badge * 0.08, badge * 0.55, 0, 6.2832);
        ctx.fill();
        ctx.fillStyle = '#ffffff';
        roundedBox(ctx, badge, badge, badge / 2);
        ctx.fill();
        drawText(ctx, 'VS', {
          x: 0,
          y: 0,
          size: badge * 0.44,
          maxWidth: badge,
          color: palette.land[3],
        });
      },
    );
  };
};
