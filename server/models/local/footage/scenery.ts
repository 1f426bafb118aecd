import { fade, lighter, mix } from './color.ts';
import type { Random } from './random.ts';
import { type Context, makeSprite, type Sprite, type Stage } from './stage.ts';

/** Things that several layouts put around their main picture; all are drawn once. */

/** Hills as wide as `width`, with a lit edge; the ground goes down to the end of the sprite. */
export function makeHills(
  { random, palette }: Pick<Stage, 'random' | 'palette'>,
  place: { width: number; height: number; color: string; rough: number },
): Sprite {
  const { width, height, color, rough } = place;
  const waves = [1, 2.3, 4.1].map((pace, index) => ({
    pace: pace * random.between(0.8, 1.2),
    phase: random.between(0, 6.28),
    rise: rough / (index + 1.2),
  }));
  const top = (x: number) =>
    rough * 1.8 +
    waves.reduce(
      (sum, { pace, phase, rise }) => sum + Math.sin((x / width) * pace * 6.28 + phase) * rise,
      0,
    );
  return makeSprite(width, height, (ctx) => {
    const trace = () => {
      ctx.beginPath();
      ctx.moveTo(0, top(0));
      for (let x = 0; x <= width + 12; x += 12) ctx.lineTo(x, top(x));
    };
    trace();
    ctx.lineTo(width, height);
    ctx.lineTo(0, height);
    ctx.closePath();
    const ground = ctx.createLinearGradient(0, 0, 0, height);
    ground.addColorStop(0, lighter(color, 0.1));
    ground.addColorStop(0.6, color);
    ground.addColorStop(1, mix(color, palette.land[3], 0.5));
    ctx.fillStyle = ground;
    ctx.fill();
    trace();
    ctx.strokeStyle = fade(palette.glow[0], 0.35);
    ctx.lineWidth = 3;
    ctx.stroke();
  });
}

/** A soft cloud of overlapping rounds, lit from above. */
export function makeCloud(random: Random, width: number, color: string): Sprite {
  const height = width * 0.5;
  return makeSprite(width, height, (ctx) => {
    const light = ctx.createLinearGradient(0, height * 0.1, 0, height * 0.85);
    light.addColorStop(0, fade(lighter(color, 0.5), 0.95));
    light.addColorStop(1, fade(color, 0.55));
    ctx.fillStyle = light;
    ctx.beginPath();
    for (const [x, y, size] of [
      [0.22, 0.62, 0.16],
      [0.4, 0.45, 0.22],
      [0.6, 0.5, 0.2],
      [0.78, 0.64, 0.14],
    ] as const) {
      const radius = width * size * random.between(0.9, 1.1);
      ctx.moveTo(width * x + radius, height * y);
      ctx.arc(width * x, Math.min(height * y, height * 0.84 - radius * 0.2), radius, 0, 6.2832);
    }
    ctx.roundRect(width * 0.08, height * 0.6, width * 0.84, height * 0.26, height * 0.13);
    ctx.save();
    ctx.clip();
    ctx.fillRect(0, 0, width, height * 0.86);
    ctx.restore();
  });
}

/** A round tree or a fir, standing on the lower edge of its sprite. */
export function makeTree(random: Random, height: number, color: string): Sprite {
  const width = height * 0.6;
  const fir = random.whole(0, 1) === 0;
  return makeSprite(width, height, (ctx) => {
    ctx.fillStyle = mix(color, '#2a1608', 0.55);
    ctx.fillRect(width * 0.46, height * 0.7, width * 0.08, height * 0.3);
    const crown = ctx.createLinearGradient(0, 0, width, height);
    crown.addColorStop(0, lighter(color, 0.22));
    crown.addColorStop(1, mix(color, '#000000', 0.12));
    ctx.fillStyle = crown;
    ctx.beginPath();
    if (fir)
      for (const [tip, foot, half] of [
        [0, 0.42, 0.26],
        [0.18, 0.64, 0.36],
        [0.38, 0.86, 0.46],
      ] as const) {
        ctx.moveTo(width * 0.5, height * tip);
        ctx.quadraticCurveTo(
          width * (0.5 + half * 0.5),
          height * foot * 0.85,
          width * (0.5 + half),
          height * foot,
        );
        ctx.lineTo(width * (0.5 - half), height * foot);
        ctx.quadraticCurveTo(
          width * (0.5 - half * 0.5),
          height * foot * 0.85,
          width * 0.5,
          height * tip,
        );
      }
    else ctx.ellipse(width / 2, height * 0.4, width * 0.46, height * 0.4, 0, 0, 6.2832);
    ctx.fill();
  });
}

/** Rays from the middle of a square sprite. */
export function makeRays(size: number, color: string, count: number): Sprite {
  return makeSprite(size, size, (ctx) => {
    const light = ctx.createRadialGradient(
      size / 2,
      size / 2,
      size * 0.08,
      size / 2,
      size / 2,
      size / 2,
    );
    light.addColorStop(0, fade(color, 0.34));
    light.addColorStop(1, fade(color, 0));
    ctx.fillStyle = light;
    for (let ray = 0; ray < count; ray += 1) {
      const turn = (ray / count) * Math.PI * 2;
      ctx.beginPath();
      ctx.moveTo(size / 2, size / 2);
      ctx.arc(size / 2, size / 2, size / 2, turn, turn + Math.PI / count);
      ctx.closePath();
      ctx.fill();
    }
  });
}

/** Small lights that hang in the air; each has its own place, pace and size. */
export type Mote = { x: number; y: number; size: number; pace: number; phase: number };

export const makeMotes = (random: Random, count: number): readonly Mote[] =>
  Array.from({ length: count }, () => ({
    x: random.between(0, 1),
    y: random.between(0, 1),
    size: random.between(0.3, 1),
    pace: random.between(0.5, 1.5),
    phase: random.between(0, 1),
  }));

/** Frosted pane with a light edge, centred in its sprite of `width + 2·margin`. */
export function makePane(
  width: number,
  height: number,
  radius: number,
  colors: { fill: string; edge: string; shadow: string },
): Sprite {
  const margin = height * 0.2;
  return makeSprite(width + 2 * margin, height + 2 * margin, (ctx) => {
    const trace = () => {
      ctx.beginPath();
      ctx.roundRect(margin, margin, width, height, radius);
    };
    ctx.save();
    ctx.shadowColor = colors.shadow;
    ctx.shadowBlur = height * 0.14;
    ctx.shadowOffsetY = height * 0.05;
    ctx.fillStyle = colors.fill;
    trace();
    ctx.fill();
    ctx.restore();
    ctx.strokeStyle = colors.edge;
    ctx.lineWidth = 2.5;
    trace();
    ctx.stroke();
  });
}

/** Draws a sprite that was made with `makePane`, centred. */
export function drawPane(ctx: Context, pane: Sprite, x: number, y: number, scale = 1): void {
  if (scale > 0)
    ctx.drawImage(
      pane,
      x - (pane.width * scale) / 2,
      y - (pane.height * scale) / 2,
      pane.width * scale,
      pane.height * scale,
    );
}
