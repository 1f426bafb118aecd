import { fade, lighter } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import { makeMotes } from '../scenery.ts';
import { arrive, at, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** A speech bubble that holds the subject, with large quotation marks: someone is saying something. */
export const quote: Layout = (stage) => {
  const { centerX, centerY, unit, palette, props, random, width } = stage;
  const [w, h] = [unit * 0.86, unit * 0.66];
  const margin = unit * 0.12;
  const bubble = makeSprite(w + 2 * margin, h + unit * 0.16 + 2 * margin, (ctx) => {
    ctx.shadowColor = fade(palette.land[3], 0.45);
    ctx.shadowBlur = unit * 0.07;
    ctx.shadowOffsetY = unit * 0.03;
    const face = ctx.createLinearGradient(0, 0, w, h);
    face.addColorStop(0, '#ffffff');
    face.addColorStop(1, lighter(palette.glow[0], 0.7));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.roundRect(margin, margin, w, h, unit * 0.16);
    ctx.moveTo(margin + w * 0.2, margin + h - 4);
    ctx.quadraticCurveTo(
      margin + w * 0.22,
      margin + h + unit * 0.1,
      margin + w * 0.1,
      margin + h + unit * 0.15,
    );
    ctx.quadraticCurveTo(
      margin + w * 0.36,
      margin + h + unit * 0.12,
      margin + w * 0.42,
      margin + h - 4,
    );
    ctx.fill();
  });
  const mark = makeSprite(unit * 0.3, unit * 0.24, (ctx) => {
    ctx.fillStyle = palette.accent;
    for (const x of [0.05, 0.155]) {
      ctx.beginPath();
      ctx.arc(unit * (x + 0.045), unit * 0.15, unit * 0.045, 0, 6.2832);
      ctx.moveTo(unit * x, unit * 0.15);
      ctx.quadraticCurveTo(unit * x, unit * 0.06, unit * (x + 0.075), unit * 0.04);
      ctx.quadraticCurveTo(unit * (x + 0.03), unit * 0.1, unit * (x + 0.05), unit * 0.16);
      ctx.fill();
    }
  });
  const motes = makeMotes(random, 14);
  const spark = makeGlow(palette.glow[0], 0.8);
  const [hero, ...others] = props;
  return (ctx, t) => {
    for (const { x, y, size, pace, phase } of motes) {
      ctx.globalAlpha = 0.5 + 0.3 * wave(t, 3 / pace, phase);
      drawCentered(
        ctx,
        spark,
        width * ((x + t * 0.01 * pace) % 1),
        stage.height * 0.58 * y,
        unit * 0.22 * size,
      );
    }
    ctx.globalAlpha = 1;
    const y = centerY - unit * 0.02 + unit * 0.014 * wave(t, 3.6);
    at(
      ctx,
      {
        x: centerX,
        y,
        turn: 0.012 * wave(t, 5),
        scale: 0.7 + 0.3 * easeOut(through(t, -0.2, 0.6)),
      },
      () => {
        ctx.drawImage(bubble, -bubble.width / 2, -h / 2 - margin);
        hero?.draw(ctx, 0, 0, unit * 0.44 * (0.55 + 0.45 * arrive(t, 0)), {
          turn: 0.05 * wave(t, 4),
        });
        drawCentered(
          ctx,
          mark,
          -w / 2 + unit * 0.05,
          -h / 2 + unit * 0.04,
          mark.width * 1.25 * arrive(t, 0.1),
          mark.height * 1.25 * arrive(t, 0.1),
        );
        at(
          ctx,
          { x: w / 2 - unit * 0.04, y: h / 2 - unit * 0.03, turn: Math.PI, scale: arrive(t, 0.35) },
          () => drawCentered(ctx, mark, 0, 0, mark.width, mark.height),
        );
        if (!hero) dots(ctx, unit, palette.second, t);
      },
    );
    for (const [index, prop] of others.slice(0, 2).entries())
      prop.draw(
        ctx,
        centerX + (index === 0 ? 0.36 : -0.4) * unit,
        centerY + unit * (index === 0 ? -0.38 : 0.44) + unit * 0.012 * wave(t, 3, index * 0.5),
        unit * 0.22 * arrive(t, 0.35 + index * 0.2),
        { turn: 0.07 * wave(t, 3, index * 0.4) },
      );
  };
};

/** Three dots that take turns, as when somebody is about to speak. */
function dots(
  ctx: Parameters<ReturnType<Layout>>[0],
  unit: number,
  color: string,
  t: number,
): void {
  ctx.fillStyle = color;
  for (const [index, x] of [-0.17, 0, 0.17].entries()) {
    ctx.beginPath();
    ctx.arc(unit * x, unit * 0.03 * wave(t, 1.2, -index * 0.16), unit * 0.055, 0, 6.2832);
    ctx.fill();
  }
}
