import { darker, fade, lighter, mix } from '../color.ts';
import { drift, through, wave } from '../motion.ts';
import { makeMotes } from '../scenery.ts';
import { arrive, at, drawCentered, type Layout, makeGlow, makeSprite } from '../stage.ts';

/** A field of stars in two depths, a lit planet, a shooting star now and then, the subject afloat. */
export const space: Layout = (stage) => {
  const { width, height, unit, palette, random, props, centerX, centerY } = stage;
  const field = (count: number, largest: number) =>
    makeSprite(width * 1.2, height, (ctx) => {
      for (const { x, y, size } of makeMotes(random, count)) {
        ctx.fillStyle = fade('#ffffff', 0.35 + 0.6 * size);
        ctx.beginPath();
        ctx.arc(x * width * 1.2, y ** 1.3 * height, largest * size * size, 0, 6.2832);
        ctx.fill();
      }
    });
  const [far, near] = [field(170, unit * 0.0035), field(46, unit * 0.0062)];
  const twinkles = makeMotes(random, 12);
  const spark = makeGlow('#ffffff', 1);
  const haze = makeGlow(palette.glow[2], 0.5);
  const [hero, ...others] = props;
  const isBody = /planet|moon|black-hole|globe|galaxy|sun/.test(hero?.actor.icon ?? '');
  // Beside a celestial body the planet is only a distant companion.
  const radius = unit * (isBody ? random.between(0.09, 0.15) : random.between(0.24, 0.38));
  const side = random.whole(0, 1) === 0 ? 1 : -1;
  const planet = makeSprite(radius * 2, radius * 2, (ctx) => {
    ctx.beginPath();
    ctx.arc(radius, radius, radius, 0, 6.2832);
    ctx.clip();
    const body = ctx.createLinearGradient(0, 0, radius * 2, radius * 2);
    body.addColorStop(0, lighter(palette.second, 0.25));
    body.addColorStop(0.55, mix(palette.second, palette.glow[0], 0.45));
    body.addColorStop(1, palette.glow[0]);
    ctx.fillStyle = body;
    ctx.fillRect(0, 0, radius * 2, radius * 2);
    for (let band = 0; band < 6; band += 1) {
      ctx.fillStyle = fade(band % 2 === 0 ? '#ffffff' : palette.sky[0], 0.13);
      ctx.beginPath();
      ctx.ellipse(
        radius,
        radius * (0.25 + band * 0.3),
        radius * 1.2,
        radius * random.between(0.06, 0.13),
        -0.12,
        0,
        6.2832,
      );
      ctx.fill();
    }
    const night = ctx.createRadialGradient(
      radius * 0.6,
      radius * 0.55,
      radius * 0.35,
      radius * 0.75,
      radius * 0.7,
      radius * 1.5,
    );
    night.addColorStop(0, fade(palette.sky[0], 0));
    night.addColorStop(1, fade(darker(palette.sky[0], 0.3), 0.9));
    ctx.fillStyle = night;
    ctx.fillRect(0, 0, radius * 2, radius * 2);
  });
  const shotAt = random.between(0.5, 1.2);
  const planetX = centerX + side * unit * 0.33;
  const low = centerY + unit * (isBody ? 0.42 : 0.37);
  const heroSize = unit * (others.length > 0 ? 0.58 : random.between(0.62, 0.78));
  return (ctx, t) => {
    drawCentered(ctx, haze, centerX - unit * 0.2, centerY + unit * 0.1, unit * 2.1);
    ctx.drawImage(far, -width * 0.02 - drift(t, unit * 0.006, width * 0.15), 0);
    ctx.drawImage(near, -width * 0.02 - drift(t, unit * 0.015, width * 0.15), 0);
    for (const { x, y, size, pace, phase } of twinkles) {
      ctx.globalAlpha = 0.5 + 0.5 * wave(t, 2 / pace, phase);
      drawCentered(ctx, spark, x * width, y * height * 0.58, unit * 0.075 * size);
    }
    ctx.globalAlpha = 1;
    drawCentered(ctx, haze, planetX, low, radius * 3);
    at(ctx, { x: planetX, y: low + unit * 0.01 * wave(t, 6), turn: t * 0.02 }, () =>
      drawCentered(ctx, planet, 0, 0, radius * 2),
    );
    shootingStar(ctx, stage, (t - shotAt + 6) % 3.1);
    const bob = unit * 0.03 * wave(t, 4.2);
    hero?.draw(
      ctx,
      centerX - side * unit * 0.05 + unit * 0.02 * wave(t, 5.5),
      centerY - unit * 0.08 + bob,
      heroSize * (0.5 + 0.5 * arrive(t, -0.1)),
      { turn: 0.1 * wave(t, 6.2) },
    );
    for (const [index, prop] of others.slice(0, 3).entries()) {
      const angle = (side > 0 ? 1 : -1) * (([2.5, 5.7, 1.9][index] ?? 0) + t * 0.08);
      prop.draw(
        ctx,
        centerX + Math.cos(angle) * Math.min(unit * 0.5, width * 0.38),
        centerY + Math.sin(angle) * unit * 0.44,
        unit * 0.24 * arrive(t, 0.2 + index * 0.18),
        { turn: 0.12 * wave(t, 4, index * 0.3) },
      );
    }
  };
};

function shootingStar(
  ctx: Parameters<ReturnType<Layout>>[0],
  { width, height, unit }: Parameters<Layout>[0],
  t: number,
): void {
  const k = through(t, 0, 0.9);
  if (k <= 0 || k >= 1) return;
  const [x, y] = [width * (1.05 - 0.9 * k), height * (0.06 + 0.2 * k)];
  const [tailX, tailY] = [x + unit * 0.3, y - unit * 0.11];
  const tail = ctx.createLinearGradient(x, y, tailX, tailY);
  tail.addColorStop(0, fade('#ffffff', 0.95 * Math.sin(Math.PI * k)));
  tail.addColorStop(1, fade('#ffffff', 0));
  ctx.strokeStyle = tail;
  ctx.lineWidth = unit * 0.009;
  ctx.lineCap = 'round';
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(tailX, tailY);
  ctx.stroke();
}
