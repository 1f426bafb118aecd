import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseDestination, deliverFile, deliverText, slug } from './delivery.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-delivery-'));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('a name from any title is a safe file name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (title) => {
      const name = slug(title);
      expect(name).toMatch(/^[\p{L}\p{M}\p{N}-]+$/u);
      expect(name.startsWith('-')).toBe(false);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
    }),
  );
  expect(slug('Why octopuses have three hearts')).toBe('why-octopuses-have-three-hearts');
  expect(slug('日本の山')).toBe('日本の山');
  expect(slug('🎉')).toBe('video');
});

test('a place that cannot be used is refused before any work, and leaves nothing', async () => {
  await mkdir(join(dir, 'folder.mp4'));
  await writeFile(join(dir, 'file'), '');
  for (const place of ['folder.mp4', 'no/such/film.mp4', 'file/film.mp4', 'film.avi']) {
    await expect(chooseDestination(join(dir, place), 'x')).rejects.toMatchObject({
      code: 'output_unwritable',
      action: expect.stringContaining('-o'),
    });
  }
  expect((await readdir(dir)).sort()).toEqual(['file', 'folder.mp4']);
});

test('a delivery that fails leaves the former file whole and nothing beside it', async () => {
  const target = join(dir, 'film.mp4');
  await deliverText('former', target);
  await expect(deliverFile(join(dir, 'missing'), target)).rejects.toMatchObject({
    code: 'output_unwritable',
  });
  expect(await readFile(target, 'utf8')).toBe('former');
  expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a delivered copy of a private file is as readable as any new file', async () => {
  const source = join(dir, 'private');
  const target = join(dir, 'copy.mp4');
  await writeFile(source, 'film', { mode: 0o600 });
  await deliverFile(source, target);
  const ordinary = join(dir, 'ordinary');
  await writeFile(ordinary, '');
  expect((await stat(target)).mode).toBe((await stat(ordinary)).mode);
  expect(await readFile(target, 'utf8')).toBe('film');
});

test('what a killed command left beside this film is removed, what is being written is not', async () => {
  const folder = await mkdtemp(join(dir, 'left-'));
  const old = join(folder, '.film.mp4.0123abcd.part');
  const young = join(folder, '.film.srt.4567abcd.part');
  const other = join(folder, '.other.mp4.0123abcd.part');
  for (const file of [old, young, other]) await writeFile(file, '');
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const file of [old, other]) await utimes(file, anHourAgo, anHourAgo);
  await chooseDestination(join(folder, 'film.mp4'), 'x');
  expect((await readdir(folder)).sort()).toEqual(
    ['.film.srt.4567abcd.part', '.other.mp4.0123abcd.part'].sort(),
  );
});
