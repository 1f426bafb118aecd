import { createCanvas, Path2D } from '@napi-rs/canvas';
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { qrPath } from './qr-path.ts';

test('the path, drawn, is the QR code of the text with four light modules around it', () => {
  const text = 'otpauth://totp/clipt.example.org:ada%40example.org?secret=GEZDGNBVGY3TQOJQ';
  const { size, path } = qrPath(text);
  const drawing = createCanvas(size, size).getContext('2d');
  drawing.fill(new Path2D(path));
  const { data } = drawing.getImageData(0, 0, size, size);
  const drawn = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => data[(y * size + x) * 4 + 3] === 255),
  );
  expect(drawn).toEqual(encode(text, { ecc: 'M', border: 4 }).data);
  const margin = [...drawn.slice(0, 4).flat(), ...drawn.flatMap((row) => row.slice(0, 4))];
  expect(margin).not.toContain(true);
});
