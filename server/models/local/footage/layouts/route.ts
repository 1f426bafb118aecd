import { fade, lighter, mix } from '../color.ts';
import { easeInOut, lerp, through, wave } from '../motion.ts';
import { arrive, at, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

type Point = { readonly x: number; readonly y: number };

/** A paper map seen from a little to the side; a dashed way grows between its stops. */
export const route: Layout = (stage) => {
  const { width, height, unit, palette, random, box, props, centerX, centerY, seconds } = stage;
  const [w, h] = [box.w * 0.96, box.h * 0.92];
  const land = Array.from({ length: 6 }, () => ({
    x: random.between(0.05, 0.95) * w,
    y: random.between(0.05, 0.95) * h,
    size: random.between(0.14, 0.3) * unit,
    shape: Array.from({ length: 9 }, () => random.between(0.7, 1.25)),
  }));
  const margin = unit * 0.1;
  const paper = makeSprite(w + 2 * margin, h + 2 * margin, (ctx) => {
    ctx.translate(margin, margin);
    ctx.save();
    ctx.shadowColor = fade(palette.land[3], 0.55);
    ctx.shadowBlur = unit * 0.08;
    ctx.shadowOffsetY = unit * 0.03;
    ctx.fillStyle = lighter(mix(palette.sky[2], palette.glow[1], 0.3), 0.5);
    ctx.beginPath();
    ctx.roundRect(0, 0, w, h, unit * 0.06);
    ctx.fill();
    ctx.restore();
    ctx.clip();
    for (const { x, y, size, shape } of land) {
      ctx.fillStyle = lighter(mix(palette.land[0], palette.accent, 0.25), 0.35);
      ctx.strokeStyle = fade('#ffffff', 0.7);
      ctx.lineWidth = unit * 0.012;
      blob(ctx, x, y, size, shape);
      ctx.fill();
      ctx.stroke();
    }
    ctx.strokeStyle = fade(palette.land[2], 0.16);
    ctx.lineWidth = 2;
    for (let line = 1; line < 8; line += 1) {
      ctx.beginPath();
      ctx.moveTo((w * line) / 8, 0);
      ctx.lineTo((w * line) / 8, h);
      ctx.moveTo(0, (h * line) / 8);
      ctx.lineTo(w, (h * line) / 8);
      ctx.stroke();
    }
    ctx.fillStyle = 'rgba(255,255,255,0.14)';
    for (const fold of [1, 3]) ctx.fillRect((w * fold) / 4, 0, w / 4, h);
  });
  const stops: readonly Point[] = [
    { x: -0.36 * w, y: 0.3 * h },
    { x: -0.12 * w, y: -0.02 * h },
    { x: 0.14 * w, y: 0.16 * h },
    { x: 0.34 * w, y: -0.26 * h },
  ];
  const path = curveThrough(stops, 90);
  const halo = makeGlow('#ffffff', 0.8);
  const [traveller, ...others] = props;
  return (ctx, t) => {
    at(
      ctx,
      {
        x: centerX,
        y: centerY + unit * 0.01 * wave(t, 4),
        turn: -0.05 + 0.012 * wave(t, 6),
        scale: lerp(0.94, 1.02, t / Math.max(seconds, 3)),
      },
      () => {
        drawCentered(ctx, paper, 0, 0, paper.width, paper.height);
        const gone = 0.08 + 0.92 * easeInOut(through(t, -0.3, Math.min(3.4, seconds * 0.75)));
        const steps = Math.max(2, Math.round(gone * (path.length - 1)));
        ctx.lineCap = 'round';
        ctx.lineJoin = 'round';
        ctx.strokeStyle = mix(palette.second, '#7a1230', 0.25);
        ctx.lineWidth = unit * 0.02;
        ctx.setLineDash([unit * 0.045, unit * 0.04]);
        ctx.lineDashOffset = -t * unit * 0.03;
        ctx.beginPath();
        for (const point of path.slice(0, steps + 1)) ctx.lineTo(point.x, point.y);
        ctx.stroke();
        ctx.setLineDash([]);
        for (const [index, stop] of stops.entries()) {
          const scale = arrive(t, index * 0.6 * Math.min(1, seconds / 5));
          const prop = index === 0 ? undefined : others[index - 1];
          pin(
            ctx,
            stop,
            unit * 0.05 * scale,
            index === 0 ? palette.land[2] : mix(palette.second, '#7a1230', 0.25),
          );
          prop?.draw(
            ctx,
            stop.x,
            stop.y - unit * 0.17 + unit * 0.008 * wave(t, 2.6, index * 0.3),
            unit * 0.22 * scale,
          );
        }
        const head = path[steps] ?? path[0];
        if (head) {
          drawCentered(ctx, halo, head.x, head.y, unit * 0.42);
          traveller?.draw(ctx, head.x, head.y - unit * 0.03 * Math.abs(wave(t, 1.4)), unit * 0.27, {
            turn: 0.06 * wave(t, 1.8),
          });
        }
      },
    );
    if (width > height) drawCentered(ctx, halo, 0, 0, 1);
  };
};

function blob(
  ctx: Parameters<ReturnType<Layout>>[0],
  x: number,
  y: number,
  size: number,
  shape: readonly number[],
): void {
  const points = shape.map((reach, index) => {
    const angle = (index / shape.length) * 6.2832;
    return { x: x + Math.cos(angle) * size * reach, y: y + Math.sin(angle) * size * reach * 0.8 };
  });
  ctx.beginPath();
  for (const [index, point] of points.entries()) {
    const next = points[(index + 1) % points.length] ?? point;
    const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    if (index === 0) ctx.moveTo(middle.x, middle.y);
    const after = points[(index + 2) % points.length] ?? next;
    ctx.quadraticCurveTo(next.x, next.y, (next.x + after.x) / 2, (next.y + after.y) / 2);
  }
  ctx.closePath();
}

/** A map pin whose tip is at the point. */
function pin(
  ctx: Parameters<ReturnType<Layout>>[0],
  { x, y }: Point,
  radius: number,
  color: string,
): void {
  if (radius <= 0) return;
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.arc(x, y - radius * 1.5, radius, Math.PI * 0.85, Math.PI * 0.15);
  ctx.lineTo(x, y);
  ctx.closePath();
  ctx.fill();
  ctx.fillStyle = '#ffffff';
  ctx.beginPath();
  ctx.arc(x, y - radius * 1.5, radius * 0.42, 0, 6.2832);
  ctx.fill();
}

/** Catmull-Rom through the stops, `each` points between two. */
function curveThrough(stops: readonly Point[], each: number): readonly Point[] {
  const points: Point[] = [];
  for (const [index, from] of stops.slice(0, -1).entries()) {
    const before = stops[index - 1] ?? from;
    const to = stops[index + 1] ?? from;
    const after = stops[index + 2] ?? to;
    for (let step = 0; step < each; step += 1) {
      const k = step / each;
      const on = (a: number, b: number, c: number, d: number) =>
        0.5 *
        (2 * b +
          (c - a) * k +
          (2 * a - 5 * b + 4 * c - d) * k * k +
          (3 * b - a - 3 * c + d) * k ** 3);
      points.push({
        x: on(before.x, from.x, to.x, after.x),
        y: on(before.y, from.y, to.y, after.y),
      });
    }
  }
  return points;
}
