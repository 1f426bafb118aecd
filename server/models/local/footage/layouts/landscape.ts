import { fade, mix } from '../color.ts';
import { easeOut, lerp, through, wave } from '../motion.ts';
import { makeCloud, makeHills, makeMotes, makeTree } from '../scenery.ts';
import { arrive, drawCentered, type Layout, makeGlow } from '../stage.ts';

/** Hills in four depths under a sun, clouds passing, the subject standing on the land. */
export const landscape: Layout = (stage) => {
  const { width, height, unit, palette, random, box, props, shot } = stage;
  const wide = width * 1.5;
  const layers = palette.land.map((color, depth) => ({
    sprite: makeHills(stage, {
      width: wide,
      height: height * 0.62,
      color,
      rough: unit * (0.085 - depth * 0.014),
    }),
    top: box.y + box.h * (0.51 + depth * 0.144),
    drift: width * (0.02 + depth * 0.028),
  }));
  const clouds = [0.2, 0.55, 0.85].map((x, index) => ({
    sprite: makeCloud(random, unit * random.between(0.34, 0.5), palette.glow[1]),
    x,
    y: box.y + unit * ([0.1, 0.3, 0.02][index] ?? 0),
    pace: random.between(0.012, 0.024),
  }));
  const trees = Array.from({ length: 9 }, (_, index) => ({
    sprite: makeTree(
      random,
      unit * random.between(0.16, 0.28),
      palette.land[index % 2 === 0 ? 2 : 1],
    ),
    x: (index + random.between(0.1, 0.9)) / 9,
    foot: box.y + box.h * random.between(0.92, 1.02),
  }));
  const sun = makeGlow(palette.glow[0], 0.95);
  const sunX = width * random.between(0.6, 0.76);
  const sunColor = shot.night
    ? '#f4f1ff'
    : palette.dark
      ? palette.accent
      : mix('#ffd84d', palette.accent, 0.3);
  const stars = shot.night ? makeMotes(random, 60) : [];
  const [hero, ...others] = props;
  // A pack or a pair without company stands there as such.
  const kin = hero ? Array.from({ length: Math.min(2, hero.actor.count - 1) }, () => hero) : [];
  const company = others.length > 0 ? others : kin;
  return (ctx, t) => {
    for (const { x, y, size, pace, phase } of stars) {
      ctx.fillStyle = fade('#ffffff', 0.35 + 0.4 * size + 0.25 * wave(t, 3 / pace, phase));
      ctx.beginPath();
      ctx.arc(x * width, y * height * 0.5, unit * 0.006 * size, 0, 6.2832);
      ctx.fill();
    }
    const rise = lerp(0.16, 0, easeOut(through(t, -0.6, 2.6)));
    const sunY = box.y + unit * (0.3 + rise);
    drawCentered(ctx, sun, sunX, sunY, unit * 1.25);
    ctx.fillStyle = sunColor;
    ctx.beginPath();
    ctx.arc(sunX, sunY, unit * 0.115, 0, 6.2832);
    ctx.fill();
    for (const { sprite, x, y, pace } of clouds) {
      const along = ((x + 0.2 + t * pace) % 1.6) - 0.3;
      ctx.drawImage(sprite, along * width - sprite.width / 2, y);
    }
    for (const [depth, { sprite, top, drift }] of layers.entries()) {
      const shift = -(wide - width) / 2 - drift * (t / Math.max(stage.seconds, 4) - 0.5) * 2;
      ctx.drawImage(sprite, shift, top);
      if (depth === 1)
        for (const { sprite: tree, x, foot } of trees) {
          const left = x * wide + shift * 1.1;
          ctx.drawImage(tree, left - tree.width / 2, foot - tree.height);
        }
    }
    hero?.draw(
      ctx,
      width * 0.42,
      box.y + box.h * 0.72 + unit * 0.012 * wave(t, 3.4),
      unit * 0.58 * arrive(t, 0.05),
      { turn: 0.02 * wave(t, 4.2) },
    );
    for (const [index, prop] of company.slice(0, 2).entries())
      prop.draw(
        ctx,
        width * (index === 0 ? 0.78 : 0.14),
        box.y + box.h * (index === 0 ? 0.84 : 0.88) + unit * 0.01 * wave(t, 3, index * 0.4),
        unit * 0.28 * arrive(t, 0.3 + index * 0.2),
        { turn: 0.03 * wave(t, 3.6, index * 0.3) },
      );
  };
};
