import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMp4Boxes, readMp4Tracks } from './mp4.ts';

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'clipt-mp4-')), 'x.mp4');
});
afterAll(() => rm(join(file, '..'), { recursive: true, force: true }));

function box(type: string, ...bodies: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(bodies.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}
const words = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, i * 4);
  return bytes;
};

/** A film of 2 + 1 samples whose first is shown 1024 ticks after its decoding. */
function film(): Buffer {
  const table = box(
    'stbl',
    box('stts', words(0, 2, 2, 512, 1, 500)),
    box('ctts', words(0, 1, 3, 1024)),
    box('stsd', words(0, 1), box('avc1', Buffer.alloc(78), box('avcC', words(7)))),
  );
  const media = box(
    'mdia',
    box('mdhd', words(0, 0, 0, 15_360, 1524)),
    box('hdlr', words(0, 0), 'vide'),
    box('minf', table),
  );
  return Buffer.concat([box('ftyp', 'isom'), box('moov', box('trak', media)), box('mdat', 'xyz')]);
}

test('an index tells samples, their sum, the delay and the set-up of a track', async () => {
  await writeFile(file, film());
  expect(await readMp4Tracks(file)).toEqual([
    {
      kind: 'video',
      samples: 3,
      duration: 1524,
      timescale: 15_360,
      delay: 1024,
      setup: '00000007',
    },
  ]);
});

test('a film that lacks its end is not a whole MP4', async () => {
  const whole = film();
  for (let length = whole.length - 11; length < whole.length; length += 1) {
    await writeFile(file, whole.subarray(0, length));
    expect(await readMp4Boxes(file)).toSatisfy(
      (boxes: unknown) => boxes === null || (Array.isArray(boxes) && boxes.length === 2),
    );
  }
});

test('no damage makes the reader fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(film().length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async (damage) => {
        const bytes = film();
        for (const [at, value] of damage) bytes[at] = value;
        await writeFile(file, bytes);
        await readMp4Tracks(file);
        await readMp4Boxes(file);
      },
    ),
    { numRuns: 200 },
  );
});
