import { fade } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import { makeMotes, makeRays } from '../scenery.ts';
import {
  arrive,
  at,
  type Context,
  drawCentered,
  type Layout,
  makeGlow,
  makeSprite,
  type Stage,
} from '../stage.ts';

/** One large object on a lit stage, its companions circling it. */
export const closeup: Layout = (stage) => {
  const { centerX, centerY, unit, palette, random, props, width } = stage;
  const rays = makeRays(unit * 1.9, palette.glow[0], 14);
  const halo = makeGlow(palette.glow[0], palette.dark ? 0.75 : 0.95);
  const panel = makePanel(stage);
  const motes = makeMotes(random, 18);
  const spark = makeGlow('#ffffff', 0.9);
  const [hero, ...others] = props;
  const turnWay = random.whole(0, 1) === 0 ? 1 : -1;
  const spread = Math.min(1.5, (width / unit) * 0.88);
  const shown = others.slice(0, 4);
  const places = random.whole(0, 1) === 0 ? CORNERS : CORNERS.map(({ x, y }) => ({ x: -x, y }));
  return (ctx, t) => {
    at(ctx, { x: centerX, y: centerY, turn: turnWay * t * 0.09 }, () =>
      drawCentered(ctx, rays, 0, 0, unit * 1.9),
    );
    drawCentered(ctx, halo, centerX, centerY, unit * (1.5 + 0.06 * wave(t, 3.2)));
    const grown = 0.55 + 0.45 * easeOut(through(t, -0.25, 0.8));
    at(ctx, { x: centerX, y: centerY, turn: panel.lean + 0.02 * wave(t, 6), scale: grown }, () =>
      drawCentered(ctx, panel.sprite, 0, 0, panel.sprite.width, panel.sprite.height),
    );
    if (panel.round) drawRings(ctx, stage, turnWay * t, grown);
    for (const { x, y, size, pace, phase } of motes) {
      const rise = (y + t * 0.03 * pace) % 1;
      ctx.globalAlpha = (0.35 + 0.35 * wave(t, 2.4 / pace, phase)) * Math.sin(Math.PI * rise);
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
    for (const [index, prop] of shown.entries()) {
      const place = places[index];
      if (!place) continue;
      const [x, y] = [centerX + place.x * unit * spread, centerY + place.y * unit];
      const scale = arrive(t, 0.15 + index * 0.14) * (1 + 0.03 * wave(t, 2.6, index * 0.3));
      drawCentered(ctx, halo, x, y, unit * 0.5 * scale);
      prop.draw(
        ctx,
        x + unit * 0.012 * wave(t, 4.4, index * 0.35),
        y + unit * 0.02 * wave(t, 3.1, index * 0.4),
        unit * (shown.length > 2 ? 0.24 : 0.3) * scale,
        { turn: 0.08 * wave(t, 3.4, index / 4) },
      );
    }
  };
};

/** Where companions stand around the object, in units: opposite corners first. */
const CORNERS = [
  { x: 0.37, y: -0.34 },
  { x: -0.37, y: 0.34 },
  { x: -0.37, y: -0.34 },
  { x: 0.37, y: 0.36 },
] as const;

/** What stands behind the object: a disc, an arch, two leaning cards or a soft pebble. */
function makePanel({ unit, palette, random }: Stage) {
  const form = random.pick(['disc', 'arch', 'cards', 'pebble', 'disc'] as const);
  const size = unit * 0.86;
  const edge = unit * 0.06;
  const trace = (ctx: Context) => {
    ctx.beginPath();
    if (form === 'disc') ctx.arc(size / 2, size / 2, size * 0.49, 0, 6.2832);
    else if (form === 'arch')
      ctx.roundRect(size * 0.11, 0, size * 0.78, size, [
        size * 0.39,
        size * 0.39,
        size * 0.08,
        size * 0.08,
      ]);
    else if (form === 'cards')
      ctx.roundRect(size * 0.08, size * 0.04, size * 0.84, size * 0.92, size * 0.12);
    else
      for (let step = 0; step <= 72; step += 1) {
        const turn = (step / 72) * 6.2832;
        const far = size * (0.445 + 0.03 * Math.sin(3 * turn + 1) + 0.018 * Math.sin(5 * turn));
        ctx.lineTo(size / 2 + Math.cos(turn) * far, size / 2 + Math.sin(turn) * far);
      }
    ctx.closePath();
  };
  const sprite = makeSprite(size + 2 * edge, size + 2 * edge, (ctx) => {
    const face = ctx.createLinearGradient(0, 0, size, size);
    face.addColorStop(0, fade(palette.second, 0.95));
    face.addColorStop(1, fade(palette.accent, 0.95));
    ctx.translate(edge, edge);
    if (form === 'cards') {
      ctx.save();
      ctx.translate(size / 2, size / 2);
      ctx.rotate(-0.13);
      ctx.translate(-size / 2, -size / 2);
      ctx.fillStyle = fade(palette.glow[1], 0.85);
      trace(ctx);
      ctx.fill();
      ctx.restore();
    }
    ctx.shadowColor = fade(palette.land[3], 0.35);
    ctx.shadowBlur = edge * 0.8;
    ctx.fillStyle = face;
    trace(ctx);
    ctx.fill();
    ctx.shadowBlur = 0;
    ctx.shadowColor = 'rgba(0,0,0,0)';
    ctx.strokeStyle = 'rgba(255,255,255,0.55)';
    ctx.lineWidth = size * 0.012;
    ctx.stroke();
  });
  return { sprite, round: form === 'disc', lean: form === 'cards' ? 0.05 : 0 };
}

function drawRings(
  ctx: Context,
  { centerX, centerY, unit, palette }: Stage,
  turn: number,
  grown: number,
): void {
  for (const [ring, radius] of [0.49, 0.57].entries()) {
    ctx.strokeStyle = fade(palette.ink, 0.3 - ring * 0.12);
    ctx.lineWidth = unit * 0.006;
    ctx.setLineDash([unit * 0.05, unit * 0.035]);
    ctx.lineDashOffset = turn * unit * (0.05 + ring * 0.03) * (ring === 0 ? 1 : -1);
    ctx.beginPath();
    ctx.arc(centerX, centerY, unit * radius * grown, 0, 6.2832);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}
