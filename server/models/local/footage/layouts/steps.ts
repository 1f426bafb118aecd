import { fade, lighter } from '../color.ts';
import { easeOut, through, wave } from '../motion.ts';
import { drawPane, makePane } from '../scenery.ts';
import { arrive, asLabel, drawText, type Layout } from '../stage.ts';

/** A numbered list: frosted cards slide in one under the other, each with its picture and its word. */
export const steps: Layout = (stage) => {
  const { box, palette, props, unit, width } = stage;
  const wide = box.w > box.h * 1.4;
  const shown = props.slice(0, wide ? 4 : 4);
  const rows = wide ? Math.ceil(shown.length / 2) : shown.length;
  const pitch = Math.min(box.h / rows, unit * 0.36);
  const cardHeight = pitch * 0.84;
  const cardWidth = wide ? box.w * 0.47 : box.w * 0.94;
  const top = box.y + (box.h - pitch * rows) / 2 + pitch / 2;
  const pane = makePane(cardWidth, cardHeight, cardHeight * 0.28, {
    fill: palette.dark ? fade(lighter(palette.sky[1], 0.18), 0.82) : 'rgba(255,255,255,0.78)',
    edge: 'rgba(255,255,255,0.5)',
    shadow: fade(palette.land[3], 0.45),
  });
  return (ctx, t) => {
    for (const [index, prop] of shown.entries()) {
      const start = -0.2 + index * 0.32;
      const slide = 1 - easeOut(through(t, start, 0.6));
      const column = wide ? index % 2 : 0;
      const row = wide ? Math.floor(index / 2) : index;
      const x =
        (wide ? width * (column === 0 ? 0.27 : 0.73) : width / 2) +
        slide * width * (index % 2 === 0 ? 0.8 : -0.8);
      const y = top + row * pitch + unit * 0.008 * wave(t, 3, index * 0.22);
      const lead = t > 1 && Math.floor((t - 1) / 0.9) % shown.length === index;
      const swell = lead ? 1 + 0.03 * Math.sin(Math.PI * (((t - 1) / 0.9) % 1)) : 1;
      drawPane(ctx, pane, x, y, swell);
      const left = x - cardWidth / 2;
      ctx.fillStyle = palette.accent;
      ctx.beginPath();
      ctx.arc(left + cardHeight * 0.46, y, cardHeight * 0.24 * swell, 0, 6.2832);
      ctx.fill();
      drawText(ctx, `${index + 1}`, {
        x: left + cardHeight * 0.46,
        y,
        size: cardHeight * 0.27,
        maxWidth: cardHeight,
        color: palette.dark ? palette.land[3] : '#ffffff',
      });
      drawText(ctx, asLabel(prop.actor.word), {
        x: left + cardHeight * 0.9,
        y,
        size: cardHeight * 0.3,
        maxWidth: cardWidth - cardHeight * 2.1,
        color: palette.ink,
        weight: 'medium',
        align: 'left',
      });
      prop.draw(
        ctx,
        x + cardWidth / 2 - cardHeight * 0.62,
        y,
        cardHeight * 0.8 * arrive(t, start + 0.25) * swell,
        { turn: 0.06 * wave(t, 2.8, index * 0.3) },
      );
    }
  };
};
