import { encode } from 'uqr';

/** A QR code as an SVG path of unit squares, with the side of the square that it is drawn in. */
export type QrPath = { readonly size: number; readonly path: string };

/** Draws a text as a QR code with its quiet zone of four modules (ISO/IEC 18004). */
export function qrPath(text: string): QrPath {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const runs = data.flatMap((row, y) =>
    darkRuns(row).map(([x, width]) => `M${x} ${y}h${width}v1H${x}z`),
  );
  return { size, path: runs.join('') };
}

/** Where dark modules of a row begin, and how many there are side by side. */
function darkRuns(row: readonly boolean[]): readonly (readonly [x: number, width: number])[] {
  const runs: [x: number, width: number][] = [];
  let open: [x: number, width: number] | null = null;
  for (const [x, isDark] of row.entries()) {
    if (!isDark) {
      open = null;
    } else if (open === null) {
      open = [x, 1];
      runs.push(open);
    } else {
      open[1] += 1;
    }
  }
  return runs;
}
