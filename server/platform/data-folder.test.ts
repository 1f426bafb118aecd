import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataFolder, readOwnSecret } from './data-folder.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-data-'));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('what a dead process left is removed; a living one and another host keep theirs', async () => {
  const first = await openDataFolder(dir);
  const { host } = first.owner;
  const scratch = join(dir, 'work');
  await mkdir(join(scratch, `${host}.${process.pid}.long-ago`));
  await mkdir(join(scratch, `elsewhere.${process.pid}.long-ago`));
  const second = await openDataFolder(dir);
  const names = await readdir(scratch);
  expect(names).toHaveLength(2);
  expect(names).toContain(`elsewhere.${process.pid}.long-ago`);
  await second.close();
  expect(await readdir(scratch)).toHaveLength(1);
});

test('several first starts at once agree on one secret that only its owner can read', async () => {
  const secrets = await Promise.all(Array.from({ length: 8 }, () => readOwnSecret({ root: dir })));
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]?.length).toBeGreaterThanOrEqual(43);
  expect((await stat(join(dir, 'secret'))).mode & 0o777).toBe(0o600);
  expect((await readdir(dir)).filter((name) => name.startsWith('secret'))).toEqual(['secret']);
});

test('a folder that cannot be made is named, with what to do', async () => {
  const file = join(dir, 'a-file');
  await writeFile(file, '');
  await expect(openDataFolder(join(file, 'data'))).rejects.toMatchObject({
    code: 'data_folder_unusable',
    action: expect.stringContaining('CLIPT_DATA_DIR'),
  });
});
