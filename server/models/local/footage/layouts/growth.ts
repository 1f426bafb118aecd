import { fade, lighter, mix } from '../color.ts';
import { easeOut, easeOutBack, through, wave } from '../motion.ts';
import { drawPane, makePane } from '../scenery.ts';
import { arrive, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** Bars that grow behind glass, a line climbing over them, the subject at its head. */
export const growth: Layout = (stage) => {
  const { box, unit, palette, props, random, centerX, centerY, shot, seconds } = stage;
  const falls = shot.actors.some(({ icon }) => icon === 'chart-decreasing');
  const [w, h] = [Math.min(box.w * 0.94, unit * 1.7), unit * 0.86];
  const pane = makePane(w, h, unit * 0.07, {
    fill: palette.dark ? fade(lighter(palette.sky[0], 0.1), 0.6) : 'rgba(255,255,255,0.6)',
    edge: 'rgba(255,255,255,0.45)',
    shadow: fade(palette.land[3], 0.4),
  });
  const count = 6;
  const heights = Array.from({ length: count }, (_, index) => {
    const k = index / (count - 1);
    return 0.2 + 0.52 * (falls ? 1 - k : k) ** 1.3 + random.between(-0.035, 0.035);
  });
  const barWidth = (w * 0.82) / count;
  const bar = makeSprite(barWidth * 0.66, h, (ctx) => {
    const face = ctx.createLinearGradient(0, 0, 0, h);
    face.addColorStop(0, lighter(palette.second, 0.18));
    face.addColorStop(1, mix(palette.second, palette.sky[1], 0.55));
    ctx.fillStyle = face;
    ctx.beginPath();
    ctx.roundRect(0, 0, barWidth * 0.66, h + 40, barWidth * 0.16);
    ctx.fill();
  });
  const halo = makeGlow(palette.accent, 0.9);
  const floor = centerY + h * 0.4;
  const xOf = (index: number) => centerX - w * 0.41 + barWidth * (index + 0.5);
  const topOf = (index: number, t: number) =>
    floor -
    h *
      (heights[index] ?? 0) *
      (0.15 + 0.85 * easeOutBack(through(t, -0.2 + index * 0.14, 0.8))) *
      (1 + 0.012 * wave(t, 2.4, index * 0.2));
  return (ctx, t) => {
    drawPane(ctx, pane, centerX, centerY);
    ctx.strokeStyle = fade(palette.ink, 0.16);
    ctx.lineWidth = 2;
    for (let line = 0; line < 5; line += 1) {
      ctx.beginPath();
      ctx.moveTo(centerX - w * 0.44, floor - (h * 0.78 * line) / 4);
      ctx.lineTo(centerX + w * 0.44, floor - (h * 0.78 * line) / 4);
      ctx.stroke();
    }
    for (let index = 0; index < count; index += 1) {
      const top = topOf(index, t);
      const tall = Math.max(1, floor - top);
      ctx.drawImage(bar, 0, 0, bar.width, tall, xOf(index) - bar.width / 2, top, bar.width, tall);
    }
    const reach = (count - 1) * (0.1 + 0.9 * easeOut(through(t, 0, Math.min(2.2, seconds * 0.6))));
    const lineY = (index: number) => topOf(index, t) - unit * 0.07;
    ctx.strokeStyle = palette.accent;
    ctx.lineWidth = unit * 0.022;
    ctx.lineCap = 'round';
    ctx.lineJoin = 'round';
    ctx.beginPath();
    ctx.moveTo(xOf(0), lineY(0));
    const whole = Math.floor(reach);
    for (let index = 1; index <= whole; index += 1) ctx.lineTo(xOf(index), lineY(index));
    const rest = reach - whole;
    const head = {
      x: xOf(whole) + barWidth * rest,
      y: lineY(whole) + (lineY(Math.min(count - 1, whole + 1)) - lineY(whole)) * rest,
    };
    ctx.lineTo(head.x, head.y);
    ctx.stroke();
    drawCentered(ctx, halo, head.x, head.y, unit * (0.4 + 0.05 * wave(t, 1.7)));
    const shown = props.filter(({ actor }) => !/^(bar-)?chart/.test(actor.icon));
    const [hero, second] = shown.length > 0 ? shown : props;
    hero?.draw(
      ctx,
      head.x,
      head.y - unit * 0.03 + unit * 0.012 * wave(t, 2.2),
      unit * 0.3 * (0.6 + 0.4 * arrive(t, 0)),
      { turn: 0.08 * wave(t, 2.8) },
    );
    second?.draw(
      ctx,
      centerX + (falls ? 0.3 : -0.32) * w,
      centerY - h * 0.28 + unit * 0.015 * wave(t, 3),
      unit * 0.24 * arrive(t, 0.4),
      { turn: 0.07 * wave(t, 3.4) },
    );
  };
};
