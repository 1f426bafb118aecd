import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FILM_FPS, type Size } from '../media/formats.ts';
import type { MediaCall, MediaEngine } from '../media/media.ts';
import { drawContactSheet, formatTime, sheetCells } from './contact-sheet.ts';
import {
  MOMENTS_PER_TASK,
  type Moment,
  momentsTask,
  pickMoments,
  pickSnapshots,
  posterScore,
} from './pictures.ts';
import { skia } from './skia.ts';
import type { TimedScene } from './timeline.ts';

export type PicturesPlan = {
  readonly scenes: readonly TimedScene[];
  readonly size: Size;
  /** Shown above the contact sheet. */
  readonly title: string;
};

/** Files beside the film: `octopus.jpg`, `octopus-1.jpg` to `octopus-3.jpg`, `octopus-contact.jpg`. */
export type Pictures = {
  readonly poster: string;
  readonly snapshots: readonly string[];
  readonly contactSheet: string;
};

/** Writes poster, snapshots and contact sheet of `film`; `stem` is their path without an ending. */
export async function takePictures(
  engine: MediaEngine,
  film: string,
  plan: PicturesPlan,
  stem: string,
  call: MediaCall,
): Promise<Pictures> {
  const dir = `${stem}.${randomUUID()}`;
  await mkdir(dir, { recursive: true });
  try {
    const moments = pickMoments(plan.scenes, sheetCells(plan.size));
    const stills = moments.map(({ frame }) => join(dir, `${frame}.jpg`));
    for (let at = 0; at < moments.length; at += MOMENTS_PER_TASK) {
      const end = at + MOMENTS_PER_TASK;
      await engine.transcode(
        momentsTask(film, moments.slice(at, end), stills.slice(at, end)),
        call,
      );
    }
    return await arrange(moments, stills, plan, stem);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function arrange(
  moments: readonly Moment[],
  stills: readonly string[],
  plan: PicturesPlan,
  stem: string,
): Promise<Pictures> {
  const poster = `${stem}.jpg`;
  await copyFile(await bestStill(stills), poster);
  const snapshots: string[] = [];
  for (const [i, place] of pickSnapshots(stills.length).entries()) {
    const snapshot = `${stem}-${i + 1}.jpg`;
    const still = stills[place];
    if (still) await copyFile(still, snapshot);
    snapshots.push(snapshot);
  }
  const contactSheet = `${stem}-contact.jpg`;
  const cells = moments.flatMap(({ frame }, i) => {
    const file = stills[i];
    return file ? [{ file, seconds: frame / FILM_FPS }] : [];
  });
  const frames = plan.scenes.reduce((sum, scene) => sum + scene.frames, 0);
  const subtitle = `${formatTime(frames / FILM_FPS)}  ·  ${plan.size.width} × ${plan.size.height}`;
  await drawContactSheet(cells, plan.size, { title: plan.title, subtitle }, contactSheet);
  return { poster, snapshots, contactSheet };
}

const SCORE_PIXELS = 32;

async function bestStill(stills: readonly string[]): Promise<string> {
  const { createCanvas, loadImage } = skia();
  const canvas = createCanvas(SCORE_PIXELS, SCORE_PIXELS);
  const context = canvas.getContext('2d');
  let best = { file: stills[0] ?? '', score: -1 };
  for (const [i, file] of stills.entries()) {
    const image = await loadImage(await readFile(file));
    context.drawImage(image, 0, 0, SCORE_PIXELS, SCORE_PIXELS);
    const { data } = context.getImageData(0, 0, SCORE_PIXELS, SCORE_PIXELS);
    const score = posterScore(data, i / stills.length);
    if (score > best.score) best = { file, score };
  }
  return best.file;
}
