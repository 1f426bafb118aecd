import { fade, lighter } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import {
  arrive,
  at,
  drawCentered,
  type Layout,
  makeGlow,
  makeSprite,
  type Stage,
} from '../stage.ts';

/** For words that no picture shows: glass spheres and ribbons in the film's colours, slowly turning. */
export const abstract: Layout = (stage) => {
  const { centerX, centerY, unit, palette, random, width } = stage;
  const spheres = [
    palette.accent,
    palette.second,
    palette.glow[1],
    palette.glow[2],
    palette.glow[0],
  ].map((color, index) => ({
    sprite: makeSphere(unit * (index === 0 ? 0.44 : 0.26), color, palette.land[3]),
    angle: (index / 4) * 6.2832 + random.between(-0.3, 0.3),
    size: index === 0 ? 0.4 : random.between(0.1, 0.22),
    far: index === 0 ? 0 : random.between(0.32, 0.44),
    pace: random.between(0.16, 0.3),
  }));
  const halo = makeGlow(palette.glow[0], 0.7);
  const ribbons = [0, 1, 2].map((index) => ({
    color: palette.glow[index] ?? palette.accent,
    phase: random.between(0, 1),
    y: -0.16 + index * 0.16,
  }));
  return (ctx, t) => {
    drawCentered(ctx, halo, centerX, centerY, unit * (1.5 + 0.07 * wave(t, 3.4)));
    for (const { color, phase, y } of ribbons) {
      ctx.strokeStyle = fade(lighter(color, 0.25), 0.38);
      ctx.lineWidth = unit * 0.05;
      ctx.lineCap = 'round';
      ctx.beginPath();
      for (let x = -20; x <= width + 20; x += 18)
        ctx.lineTo(
          x,
          centerY + unit * (y + 0.11 * Math.sin((x / unit) * 3.1 + t * 0.9 + phase * 6.28)),
        );
      ctx.stroke();
    }
    rings(ctx, stage, t);
    for (const [index, { sprite, angle, size, far, pace }] of spheres.entries()) {
      const turn = angle + t * pace;
      drawCentered(
        ctx,
        sprite,
        centerX + Math.cos(turn) * far * Math.min(unit, width * 0.85),
        centerY + Math.sin(turn) * far * unit * 0.9 + unit * 0.015 * wave(t, 3.2, index * 0.2),
        unit * size * 1.25 * (0.5 + 0.5 * arrive(t, -0.2 + index * 0.12)),
      );
    }
  };
};

function rings(
  ctx: Parameters<ReturnType<Layout>>[0],
  { centerX, centerY, unit, palette }: Stage,
  t: number,
): void {
  for (const [ring, radius] of [0.3, 0.39, 0.48].entries()) {
    at(
      ctx,
      {
        x: centerX,
        y: centerY,
        turn: t * (ring % 2 === 0 ? 0.3 : -0.22),
        scale: 0.7 + 0.3 * easeOut(through(t, -0.2, 1)),
      },
      () => {
        ctx.strokeStyle = fade(palette.ink, 0.42 - ring * 0.1);
        ctx.lineWidth = unit * 0.008;
        ctx.beginPath();
        ctx.arc(0, 0, unit * radius, ring, ring + 4.4);
        ctx.stroke();
      },
    );
  }
}

function makeSphere(size: number, color: string, shade: string) {
  const whole = size * 1.25;
  return makeSprite(whole, whole, (ctx) => {
    const [middle, radius] = [whole / 2, size / 2];
    ctx.shadowColor = fade(shade, 0.5);
    ctx.shadowBlur = size * 0.12;
    ctx.shadowOffsetY = size * 0.05;
    const body = ctx.createRadialGradient(
      middle - radius * 0.35,
      middle - radius * 0.4,
      radius * 0.1,
      middle,
      middle,
      radius,
    );
    body.addColorStop(0, lighter(color, 0.75));
    body.addColorStop(0.45, color);
    body.addColorStop(1, fade(shade, 0.85));
    ctx.fillStyle = body;
    ctx.beginPath();
    ctx.arc(middle, middle, radius, 0, 6.2832);
    ctx.fill();
  });
}
