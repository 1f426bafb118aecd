import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptionStyle } from '../look.ts';
import { captionWords, drawStrips, planCaptions } from './captions.ts';

/**
 * Pictures judged by eye once and kept. After a change that is meant, look at what
 * `RENEW_GOLDEN=1 npx vitest run server/compose/captions/draw.test.ts` writes, then commit it.
 */
const GOLDEN = join(import.meta.dirname, 'golden');

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-strips-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

function plan(text: string, language: string, style: CaptionStyle) {
  const words = captionWords(text, language).map((token, i) => ({
    text: token,
    startMs: 200 + i * 300,
    endMs: 500 + i * 300,
  }));
  const frames = 40 + words.length * 9;
  return planCaptions({ text, words, frames, fps: 30, format: '9:16', style, language });
}

async function pixels(file: string) {
  const image = await loadImage(file);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return { width: image.width, height: image.height, data };
}

/** Share of pixels that differ visibly: edges may be smoothed otherwise on another machine. */
function difference(
  a: Awaited<ReturnType<typeof pixels>>,
  b: Awaited<ReturnType<typeof pixels>>,
): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let far = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const alpha = (a.data[at + 3] ?? 0) / 255;
    const other = (b.data[at + 3] ?? 0) / 255;
    const offs = [0, 1, 2].map((i) =>
      Math.abs((a.data[at + i] ?? 0) * alpha - (b.data[at + i] ?? 0) * other),
    );
    if (Math.max(...offs, Math.abs(alpha - other) * 255) > 48) far += 1;
  }
  return far / (a.width * a.height);
}

const SCRIPTS: readonly (readonly [
  name: string,
  style: CaptionStyle,
  language: string,
  text: string,
])[] = [
  ['latin', 'pop', 'en', 'An octopus has three'],
  ['signs', 'karaoke', 'en', '“100%” {it’s} C:\\x'],
  ['emoji', 'pop', 'en', 'Go 👩‍🚀🇩🇪 1️⃣ 👍🏽'],
  ['arabic', 'box', 'ar', 'ثلاثة قلوب (مثال)'],
  ['arabic-latin', 'box', 'ar', 'مع OpenAI Inc، غدا'],
  ['hebrew', 'pop', 'he', 'כש-NASA שוחה (50%)'],
  ['devanagari', 'karaoke', 'hi', 'क्षत्रिय ज्ञान श्री हैं।'],
  ['thai', 'box', 'th', 'เมื่อมันว่ายน้ำ'],
  ['japanese', 'pop', 'ja', '「タコ」には心臓が三つ。'],
  ['subtitle', 'plain', 'en', 'Each arm decides alone, and tastes what it touches.'],
];

describe('drawn captions', () => {
  test.each(SCRIPTS)('look as they were approved: %s', async (name, style, language, text) => {
    const own = await mkdtemp(join(dir, 'golden-'));
    const track = plan(text, language, style);
    const { states } = await drawStrips(track, own);
    const onPage = states.filter((_, i) => track.states[i]?.page === 0);
    const shown = onPage.at(Math.min(2, onPage.length - 1))?.name ?? '';
    const golden = join(GOLDEN, `${name}.png`);
    if (process.env['RENEW_GOLDEN'] === '1') await copyFile(join(own, shown), golden);
    expect(existsSync(golden)).toBe(true);
    const far = difference(await pixels(join(own, shown)), await pixels(golden));
    expect(far).toBeLessThan(0.004);
  });

  test('are one picture a state, all of one size, with one for nothing', async () => {
    const own = await mkdtemp(join(dir, 'states-'));
    const track = plan('Two of them stop, whenever it swims. So it crawls!', 'en', 'pop');
    const drawn = await drawStrips(track, own);
    expect(drawn.y).toBe(track.area.y);
    expect(drawn.states.map(({ startFrame }) => startFrame)).toEqual(
      track.states.map(({ fromFrame }) => fromFrame),
    );
    const names = new Set(drawn.states.map(({ name }) => name));
    expect(new Set(await readdir(own))).toEqual(names);
    for (const name of names) {
      const image = await loadImage(join(own, name));
      expect([image.width, image.height]).toEqual([track.size.width, track.area.height]);
    }
    const blank = await pixels(join(own, 'blank.png'));
    expect(blank.data.every((value) => value === 0)).toBe(true);
  });

  test('have the same bytes each time', async () => {
    const track = plan('Same again 👍🏽', 'en', 'box');
    const bytes = async () => {
      const own = await mkdtemp(join(dir, 'same-'));
      const { states } = await drawStrips(track, own);
      return Promise.all(states.map(({ name }) => readFile(join(own, name))));
    };
    expect(await bytes()).toEqual(await bytes());
  });

  test('cost half a CPU second at most for five seconds of speech', async () => {
    const text = 'An octopus has three hearts and two of them stop beating whenever it swims.';
    const track = plan(text, 'en', 'pop');
    const own = await mkdtemp(join(dir, 'cost-'));
    const costs: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const before = process.cpuUsage();
      await drawStrips(track, own);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1e6);
    }
    // The least of three: a busy machine only ever adds.
    expect(Math.min(...costs)).toBeLessThan(0.5);
  });
});
