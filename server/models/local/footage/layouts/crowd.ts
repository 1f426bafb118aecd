import { heartbeat, wave } from '../motion.ts';
import { makeMotes } from '../scenery.ts';
import { arrive, drawCentered, type Layout, makeGlow, type Prop } from '../stage.ts';

/** So many of one thing that they can be counted, in rows, pulsing one after the other. */
export const crowd: Layout = (stage) => {
  const { box, unit, palette, props, random, centerX, centerY, width } = stage;
  const counted = props.find(({ actor }) => actor.count >= 2) ?? props[0];
  const count = Math.max(1, counted?.actor.count ?? 1);
  const perRow =
    box.w > box.h * 1.4
      ? Math.min(count, 6)
      : ([1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4][count - 1] ?? 4);
  const rows = Math.ceil(count / perRow);
  const cell = Math.min((box.w * 0.98) / perRow, (box.h * 0.96) / rows, unit * 0.6);
  const halo = makeGlow(palette.glow[0], 0.7);
  const motes = makeMotes(random, 20);
  const spark = makeGlow('#ffffff', 0.8);
  const guest: Prop | undefined = props.find((prop) => prop !== counted);
  return (ctx, t) => {
    for (const { x, y, size, pace, phase } of motes) {
      ctx.globalAlpha = 0.4 + 0.35 * wave(t, 2.6 / pace, phase);
      drawCentered(
        ctx,
        spark,
        width * x,
        box.y + box.h * ((y + 1 - t * 0.02 * pace) % 1),
        unit * 0.06 * size,
      );
    }
    ctx.globalAlpha = 1;
    if (guest && rows === 1)
      guest.draw(
        ctx,
        centerX,
        centerY - cell * 0.62 + unit * 0.015 * wave(t, 3.4),
        unit * 0.46 * (0.5 + 0.5 * arrive(t, -0.1)),
        { turn: 0.05 * wave(t, 4) },
      );
    const down = guest && rows === 1 ? unit * 0.22 : 0;
    for (let index = 0; index < count; index += 1) {
      const row = Math.floor(index / perRow);
      const inRow = Math.min(perRow, count - row * perRow);
      const x = centerX + ((index % perRow) - (inRow - 1) / 2) * cell;
      const y =
        centerY + down + (row - (rows - 1) / 2) * cell + unit * 0.01 * wave(t, 3.2, index * 0.17);
      const beat = heartbeat(t - index * 0.16, 1.6);
      drawCentered(ctx, halo, x, y, cell * (1.15 + 0.3 * beat));
      counted?.draw(ctx, x, y, cell * 0.76 * arrive(t, -0.2 + index * 0.13) * (1 + 0.1 * beat), {
        turn: 0.05 * wave(t, 3.6, index * 0.2),
      });
    }
  };
};
