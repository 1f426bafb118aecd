import { fade, lighter, mix } from '../color.ts';
import { drift, heartbeat, wave } from '../motion.ts';
import { makeHills, makeMotes } from '../scenery.ts';
import {
  arrive,
  at,
  drawCentered,
  type Layout,
  makeGlow,
  makeSprite,
  type Stage,
} from '../stage.ts';

/** Shafts of light, swaying weed, rising bubbles; the subject swims, what belongs to it floats around. */
export const underwater: Layout = (stage) => {
  const { width, height, unit, palette, random, props, centerX, centerY, box } = stage;
  const shaft = makeSprite(unit * 0.5, height * 0.8, (ctx) => {
    const light = ctx.createLinearGradient(0, 0, 0, height * 0.8);
    light.addColorStop(0, fade(palette.glow[2], 0.32));
    light.addColorStop(1, fade(palette.glow[2], 0));
    ctx.fillStyle = light;
    ctx.beginPath();
    ctx.moveTo(unit * 0.16, 0);
    ctx.lineTo(unit * 0.34, 0);
    ctx.lineTo(unit * 0.5, height * 0.8);
    ctx.lineTo(0, height * 0.8);
    ctx.fill();
  });
  const shafts = [0.12, 0.36, 0.6, 0.86].map((x) => ({
    x,
    wide: random.between(0.6, 1.5),
    phase: random.between(0, 1),
  }));
  const beds = [0, 1, 2].map((depth) => ({
    sprite: makeHills(stage, {
      width: width * 1.3,
      height: height * 0.45,
      color: palette.land[depth + 1] ?? palette.land[3],
      rough: unit * 0.05,
    }),
    top: box.y + box.h * (0.875 + depth * 0.115),
  }));
  const weeds = Array.from({ length: 11 }, (_, index) => makeWeed(stage, index));
  const bubble = makeBubble(unit * 0.12);
  const bubbles = makeMotes(random, 22);
  const halo = makeGlow(palette.glow[0], 0.7);
  const school = makeMotes(random, 7);
  const minnow = makeMinnow(unit * 0.09, mix(palette.sky[0], palette.glow[0], 0.35));
  const [hero, ...others] = props;
  const friends = others
    .flatMap((prop) => Array.from({ length: Math.min(prop.actor.count, 5) }, () => prop))
    .slice(0, 5);
  const look = {
    x: unit * random.between(-0.06, 0.06),
    y: unit * random.between(-0.04, 0.05),
    size: unit * (friends.length > 0 ? random.between(0.56, 0.64) : random.between(0.66, 0.8)),
    flip: random.whole(0, 1) === 0,
  };
  // Alone, it is one of several: small ones of its kind pass far behind.
  const kin = others.length === 0 ? makeMotes(random, random.whole(0, 3)) : [];
  return (ctx, t) => {
    for (const { x, wide, phase } of shafts) {
      ctx.globalAlpha = 0.65 + 0.35 * wave(t, 4.5, phase);
      at(ctx, { x: x * width, y: -20, turn: 0.2 + 0.05 * wave(t, 7, phase), scaleX: wide }, () =>
        ctx.drawImage(shaft, -shaft.width / 2, 0),
      );
    }
    ctx.globalAlpha = 0.55;
    for (const { x, y, size, pace } of school) {
      const along = ((x + 0.4 + t * 0.03 * pace) % 1.3) - 0.15;
      drawCentered(
        ctx,
        minnow,
        along * width,
        height * (0.12 + 0.3 * y) + unit * 0.01 * wave(t, 2, x),
        minnow.width * size,
        minnow.height * size,
      );
    }
    ctx.globalAlpha = 1;
    for (const { x, y, size, pace, phase } of kin) {
      const along = (((look.flip ? 1 : -1) * t * 0.02 * pace + x + 2) % 1.3) - 0.15;
      hero?.draw(
        ctx,
        along * width,
        box.y + box.h * (0.12 + 0.5 * y) + unit * 0.02 * wave(t, 3.4, phase),
        unit * (0.1 + 0.07 * size),
        { opacity: 0.45, flip: look.flip },
      );
    }
    for (const [depth, { sprite, top }] of beds.entries()) {
      ctx.drawImage(sprite, -width * 0.1 - drift(t, unit * 0.006 * (depth + 1), width * 0.12), top);
      for (const weed of weeds) if (weed.depth === depth) weed.draw(ctx, t, top);
    }
    drawCentered(ctx, halo, centerX, centerY, unit * (1.25 + 0.05 * wave(t, 3)));
    const swimX = centerX + look.x + unit * 0.05 * wave(t, 5.2);
    const swimY = centerY + look.y - unit * 0.03 + unit * 0.035 * wave(t, 3.1);
    hero?.draw(
      ctx,
      swimX,
      swimY,
      look.size * (0.55 + 0.45 * arrive(t, -0.15)) * (1 + 0.025 * wave(t, 1.7)),
      { turn: 0.06 * wave(t, 4.3), flip: look.flip },
    );
    for (const [index, prop] of friends.entries()) {
      const angle = (index / friends.length) * 6.2832 - 1.1 + 0.12 * wave(t, 6);
      const beat = 1 + 0.14 * heartbeat(t + index * 0.12, 1.25);
      const x = centerX + Math.cos(angle) * Math.min(unit * 0.47, width * 0.38);
      const y =
        centerY -
        unit * 0.02 +
        Math.sin(angle) * unit * 0.43 +
        unit * 0.02 * wave(t, 3, index * 0.3);
      drawCentered(ctx, halo, x, y, unit * 0.4);
      prop.draw(ctx, x, y, unit * 0.2 * arrive(t, 0.1 + index * 0.16) * beat, {
        turn: 0.08 * wave(t, 3.3, index * 0.3),
      });
    }
    for (const { x, y, size, pace, phase } of bubbles) {
      const up = (y + t * 0.07 * pace) % 1;
      ctx.globalAlpha = Math.min(1, up * 5) * (1 - up) * 0.9;
      drawCentered(
        ctx,
        bubble,
        width * (x + 0.012 * wave(t, 2, phase)),
        height * (0.62 - 0.66 * up),
        unit * 0.09 * size * size + 5,
      );
    }
    ctx.globalAlpha = 1;
  };
};

function makeBubble(size: number) {
  return makeSprite(size, size, (ctx) => {
    const inside = ctx.createRadialGradient(
      size * 0.36,
      size * 0.34,
      0,
      size / 2,
      size / 2,
      size / 2,
    );
    inside.addColorStop(0, 'rgba(255,255,255,0.65)');
    inside.addColorStop(0.3, 'rgba(255,255,255,0.08)');
    inside.addColorStop(0.85, 'rgba(255,255,255,0.14)');
    inside.addColorStop(1, 'rgba(255,255,255,0.6)');
    ctx.fillStyle = inside;
    ctx.beginPath();
    ctx.arc(size / 2, size / 2, size * 0.48, 0, 6.2832);
    ctx.fill();
  });
}

function makeMinnow(width: number, color: string) {
  return makeSprite(width, width * 0.4, (ctx) => {
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.ellipse(width * 0.6, width * 0.2, width * 0.36, width * 0.13, 0, 0, 6.2832);
    ctx.moveTo(width * 0.3, width * 0.2);
    ctx.lineTo(0, width * 0.04);
    ctx.lineTo(width * 0.06, width * 0.2);
    ctx.lineTo(0, width * 0.36);
    ctx.fill();
  });
}

/** One stalk of weed at the side of the picture, so that the middle stays calm. */
function makeWeed({ width, unit, palette, random }: Stage, index: number) {
  const depth = index % 3;
  const side = index % 2 === 0 ? random.between(-0.02, 0.24) : random.between(0.76, 1.02);
  const tall = unit * random.between(0.16, 0.34);
  const color =
    index % 3 === 0
      ? mix(palette.second, palette.land[2], 0.45)
      : lighter(mix(palette.land[1], '#2fae7a', 0.4), 0.08);
  const [period, phase] = [random.between(3, 5), random.between(0, 1)];
  return {
    depth,
    draw(ctx: Parameters<ReturnType<Layout>>[0], t: number, top: number) {
      const [x, foot] = [side * width, top + unit * 0.14];
      const bend = unit * 0.06 * wave(t, period, phase);
      ctx.strokeStyle = color;
      ctx.lineCap = 'round';
      for (const [leaf, lean] of [-0.5, 0, 0.5].entries()) {
        ctx.lineWidth = unit * (leaf === 1 ? 0.026 : 0.02);
        ctx.beginPath();
        ctx.moveTo(x + lean * unit * 0.02, foot);
        ctx.quadraticCurveTo(
          x + lean * unit * 0.09 - bend,
          foot - tall * 0.55,
          x + lean * unit * 0.1 + bend,
          foot - tall * (leaf === 1 ? 1.15 : 0.85),
        );
        ctx.stroke();
      }
    },
  };
}
