import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../platform/config.ts';
import { captionsCommand } from './captions.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-captions-'));
  await writeFile(join(folder, 'talk.mp4'), 'a recording');
  await writeFile(join(folder, 'talk.txt'), 'What is said.');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function captions(file: string, script: string, output: string) {
  const options = { script: join(folder, script), style: 'pop', language: 'en', output };
  const config = readConfig({ CLIPT_DATA_DIR: join(folder, 'data') });
  return captionsCommand(join(folder, file), options, config);
}

describe('clipt captions', () => {
  test('refuses what cannot be done before anything is started or written', async () => {
    const out = join(folder, 'out.mp4');
    await expect(captions('absent.mp4', 'talk.txt', out)).rejects.toMatchObject({
      code: 'unreadable_footage',
    });
    await expect(captions('talk.mp4', 'absent.txt', out)).rejects.toMatchObject({
      code: 'unreadable_script',
    });
    await expect(
      captions('talk.mp4', 'talk.txt', join(folder, 'no', 'out.mp4')),
    ).rejects.toMatchObject({ code: 'output_unwritable' });
    expect((await readdir(folder)).sort()).toEqual(['talk.mp4', 'talk.txt']);
  });

  test('never writes over the recording it reads', async () => {
    const wish = captions('talk.mp4', 'talk.txt', join(folder, 'talk.mp4'));
    await expect(wish).rejects.toThrow('would replace talk.mp4');
    expect(await readFile(join(folder, 'talk.mp4'), 'utf8')).toBe('a recording');
  });
});
