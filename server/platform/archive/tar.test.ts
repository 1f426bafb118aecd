import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedFile, packTar, readTar } from './tar.ts';

const madeAt = new Date('2026-03-29T01:00:00Z');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-tar-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* filesOf(contents: Readonly<Record<string, Buffer>>): AsyncGenerator<PackedFile> {
  for (const [name, content] of Object.entries(contents)) {
    yield { name, sizeBytes: content.length, content: inChunks(content) };
  }
}

async function* inChunks(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
}

async function store(name: string, bytes: Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

const contents = {
  'empty.txt': Buffer.alloc(0),
  'tables/videos.jsonl': Buffer.from('{"id":"vid_1"}\n'),
  [`media/${'long'.repeat(60)}.mp4`]: Buffer.alloc(300_001, 7),
};

test('what goes into an archive comes out of it, and lies where it says', async () => {
  const bytes = await buffer(packTar(filesOf(contents), { madeAt }));
  const file = await store('whole.tar', bytes);
  const found: Record<string, Buffer> = {};
  for await (const { name, offset, sizeBytes, content } of readTar(file)) {
    found[name] = await buffer(content);
    expect(bytes.subarray(offset, offset + sizeBytes).equals(found[name])).toBe(true);
  }
  expect(found).toEqual(contents);
});

test('the same files make the same archive', async () => {
  const [one, other] = await Promise.all([
    buffer(packTar(filesOf(contents), { madeAt })),
    buffer(packTar(filesOf(contents), { madeAt })),
  ]);
  expect(one.equals(other)).toBe(true);
});

test('files that nobody reads are passed over', async () => {
  const file = await store('skipped.tar', await buffer(packTar(filesOf(contents), { madeAt })));
  const names = [];
  for await (const { name } of readTar(file)) names.push(name);
  expect(names).toEqual(Object.keys(contents));
});

test.each([
  ['nothing of the kind', Buffer.alloc(2_000, 65)],
  ['half a file', null],
])('%s is no archive', async (_what, given) => {
  const bytes = given ?? (await buffer(packTar(filesOf(contents), { madeAt }))).subarray(0, 9_000);
  const file = await store('bad.tar', bytes);
  const reading = (async () => {
    for await (const { content } of readTar(file)) await buffer(content);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'malformed_archive' });
});

test('an archive fails when a file is not as long as stated, or cannot be read', async () => {
  async function* short(): AsyncGenerator<PackedFile> {
    yield { name: 'short', sizeBytes: 9, content: inChunks(Buffer.from('short')) };
  }
  await expect(buffer(packTar(short(), { madeAt }))).rejects.toThrow('Size mismatch');
  async function* broken(): AsyncGenerator<PackedFile> {
    yield { name: 'broken', sizeBytes: 300_000, content: failing() };
  }
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000);
    throw new Error('the disk is gone');
  }
  await expect(buffer(packTar(broken(), { madeAt }))).rejects.toThrow('the disk is gone');
});

test('whoever stops reading stops the writing', async () => {
  const stopped = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.alloc(64_000);
    } finally {
      stopped.resolve();
    }
  }
  async function* files(): AsyncGenerator<PackedFile> {
    yield { name: 'endless', sizeBytes: 2 ** 40, content: endless() };
  }
  for await (const _chunk of packTar(files(), { madeAt })) break;
  await stopped.promise;
});
