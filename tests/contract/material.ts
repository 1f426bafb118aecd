import { createCanvas } from '@napi-rs/canvas';
import { writeWav } from '../../server/models/local/speech/wav.ts';

/** A steady tone between two quiet ends, as a 16-bit mono WAV file. */
export function toneWav(seconds: number, rateHz = 16_000): Buffer {
  const samples = new Float32Array(Math.round(seconds * rateHz));
  const edge = Math.round(samples.length * 0.1);
  for (let index = edge; index < samples.length - edge; index += 1) {
    samples[index] = 0.3 * Math.sin((2 * Math.PI * 330 * index) / rateHz);
  }
  return writeWav({ rateHz, samples });
}

/** A plain picture. */
export function picturePng(width: number, height: number): Buffer {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#2b4c7e';
  context.fillRect(0, 0, width, height);
  return canvas.toBuffer('image/png');
}

export const dataUrl = (png: Buffer): string => `data:image/png;base64,${png.toString('base64')}`;
