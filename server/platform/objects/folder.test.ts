import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadObjectKey, fileProblem } from './errors.ts';
import { makeFolderStore } from './folder.ts';

const FOLDER_STORE = join(import.meta.dirname, 'folder.ts');
/** Runs a program with mounts of its own (util-linux). */
const OWN_MOUNTS = 'unshare';
const PLAIN = { contentType: 'text/plain' };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'clipt folder '));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function open(at = root) {
  return makeFolderStore({
    root: at,
    baseUrl: 'https://media.example.org',
    secrets: ['a secret of enough length'],
  });
}

async function keysIn(at = root): Promise<string[]> {
  const keys = [];
  for await (const { key } of open(at).list('')) keys.push(key);
  return keys;
}

/** A program that starts to store an endless object, says so, and goes on until it is killed. */
const ENDLESS_WRITER = `
  import { Readable } from 'node:stream';
  const { makeFolderStore } = await import(process.argv[1]);
  const store = makeFolderStore({ root: process.argv[2], baseUrl: 'https://x', secrets: ['a secret of enough length'] });
  const body = Readable.from((async function* () {
    for (let i = 0; ; i += 1) {
      yield Buffer.alloc(65536, 1);
      if (i === 3) console.log('writing');
      if (i >= 3) await new Promise((done) => setTimeout(done, 5));
    }
  })());
  await store.put('film.mp4', body, { contentType: 'video/mp4' });
`;

describe('the folder store', () => {
  test('never shows what a killed writer left, and the next process clears it', async () => {
    const args = ['--input-type=module', '-e', ENDLESS_WRITER, FOLDER_STORE, root];
    const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(writer.stdout, 'data');
    const unfinished = join(root, 'unfinished');
    expect(await readdir(unfinished)).toHaveLength(1);
    // While the writer lives, its file is its own.
    expect(await keysIn()).toEqual([]);
    expect(await readdir(unfinished)).toHaveLength(1);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    expect(await keysIn()).toEqual([]);
    expect(await readdir(unfinished)).toEqual([]);
    expect(await open().head('film.mp4')).toBeNull();
  });

  test("clears another machine's leftovers only once they have not grown for an hour", async () => {
    const unfinished = join(root, 'unfinished');
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, '1@another-machine.fresh'), 'x');
    await writeFile(join(unfinished, '1@another-machine.old'), 'x');
    await writeFile(join(unfinished, `${process.pid}@${hostname()}.mine`), 'x');
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(unfinished, '1@another-machine.old'), twoHoursAgo, twoHoursAgo);
    await keysIn();
    const left = await readdir(unfinished);
    expect(left.sort()).toEqual(
      ['1@another-machine.fresh', `${process.pid}@${hostname()}.mine`].sort(),
    );
  });

  test('follows no link that was planted below its root', async () => {
    const outside = join(root, 'outside');
    await mkdir(join(root, 'objects'), { recursive: true });
    await mkdir(outside);
    await writeFile(join(outside, 'secret@'), 'canary');
    await writeFile(join(outside, 'secret@type'), 'text/plain');
    await symlink(outside, join(root, 'objects', 'folder'));
    await symlink(join(outside, 'secret@'), join(root, 'objects', 'file@'));
    const store = open();
    for (const key of ['folder/secret', 'file']) {
      await expect(store.get(key)).rejects.toThrow(BadObjectKey);
      await expect(store.localFile(key)).rejects.toThrow(BadObjectKey);
    }
    await expect(store.put('folder/new', Buffer.from('x'), PLAIN)).rejects.toThrow(BadObjectKey);
    expect(await readdir(outside)).toEqual(['secret@', 'secret@type']);
    expect(await keysIn()).toEqual([]);
  });

  test('removes the folders that become empty', async () => {
    const store = open();
    await store.put('a/b/c/1', Buffer.from('x'), PLAIN);
    await store.put('a/2', Buffer.from('x'), PLAIN);
    await store.delete('a/b/c/1');
    expect(await readdir(join(root, 'objects', 'a'))).toEqual(['2@', '2@type']);
  });

  test('keeps writes whole while the same prefix is being deleted again and again', async () => {
    const store = open();
    const writes = Array.from({ length: 40 }, (_, i) =>
      store.put(`busy/${i % 4}/${i}`, Buffer.from('whole'), PLAIN),
    );
    const deletions = Array.from({ length: 10 }, () => store.deletePrefix('busy/'));
    await Promise.all([...writes, ...deletions]);
    for await (const { sizeBytes } of store.list('busy/')) expect(sizeBytes).toBe(5);
  });

  test('says that the storage is full, whatever call met it', () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const error = Object.assign(new Error('write'), { code });
      expect(fileProblem(error)).toMatchObject({ code: 'storage_full', kind: 'exhausted' });
    }
  });

  // A file system of one megabyte needs the right to mount one, which not every machine gives.
  const canMount = spawnSync(OWN_MOUNTS, ['-Urm', 'true']).status === 0;
  test.skipIf(!canMount)('says that the disk is full and leaves nothing behind', async () => {
    const program = `
      const { readdirSync } = await import('node:fs');
      const { makeFolderStore } = await import(process.argv[1]);
      const store = makeFolderStore({ root: process.argv[2], baseUrl: 'https://x', secrets: ['a secret of enough length'] });
      const failed = await store.put('a', Buffer.alloc(3_000_000), { contentType: 'a/b' }).catch((error) => error.code);
      const after = readdirSync(process.argv[2] + '/unfinished');
      await store.put('b', Buffer.alloc(1000), { contentType: 'a/b' });
      console.log(JSON.stringify({ failed, after, a: await store.head('a'), b: (await store.head('b')).sizeBytes }));
    `;
    const mounted = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', program, FOLDER_STORE, root];
    const run = spawnSync(OWN_MOUNTS, ['-Urm', 'sh', '-c', mounted, 'sh', root, ...node]);
    expect(run.stderr.toString()).toBe('');
    expect(JSON.parse(run.stdout.toString())).toEqual({
      failed: 'storage_full',
      after: [],
      a: null,
      b: 1000,
    });
  });
});
