import { createCanvas, loadImage } from '@napi-rs/canvas';
import { expect, test } from 'vitest';
import { encodePng } from './png.ts';

test('a picture read back has the pixels it was made of, half transparent ones too', async () => {
  const size = { width: 37, height: 11 };
  const drawn = createCanvas(size.width, size.height).getContext('2d');
  drawn.fillStyle = 'rgba(250, 120, 10, 0.5)';
  drawn.fillRect(3, 2, 20, 5);
  drawn.fillStyle = '#0a0';
  drawn.fillRect(10, 4, 30, 9);
  const { data } = drawn.getImageData(0, 0, size.width, size.height);
  const read = createCanvas(size.width, size.height).getContext('2d');
  read.drawImage(await loadImage(await encodePng(size, data)), 0, 0);
  expect(read.getImageData(0, 0, size.width, size.height).data).toEqual(data);
});
