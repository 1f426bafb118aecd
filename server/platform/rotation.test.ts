import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialAges, readRotationDates } from './rotation.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-rotation-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const now = new Date('2026-11-26T12:00:00Z');
const daysOf = (date: string) =>
  credentialAges(['ARK_API_KEY'], { ARK_API_KEY: date }, now)[0]?.days;

test('ages are whole days, over the end of summer time and of years', () => {
  expect(daysOf('2026-11-26')).toBe(0);
  expect(daysOf('2026-08-28')).toBe(90);
  expect(daysOf('2025-11-26')).toBe(365);
  expect(daysOf('2027-01-01')).toBe(0);
});

test('a credential without a day has no age, and a day without a credential is nobody’s', () => {
  const ages = credentialAges(['OPENAI_API_KEY'], { ARK_API_KEY: '2026-01-01' }, now);
  expect(ages).toEqual([{ name: 'OPENAI_API_KEY', days: null }]);
});

test('the file holds days by settings, and its absence holds none', async () => {
  const file = join(dir, 'rotation.json');
  expect(await readRotationDates(file)).toEqual({});
  await writeFile(file, '{"ARK_API_KEY": "2026-09-01"}');
  expect(await readRotationDates(file)).toEqual({ ARK_API_KEY: '2026-09-01' });
});

test.each([
  '',
  '[]',
  '{"ARK_API_KEY": "yesterday"}',
  '{"ARK_API_KEY": 5}',
  'ARK_API_KEY=2026-09-01',
])('a file that holds %j is refused with the form it needs', async (text) => {
  const file = join(dir, 'bad.json');
  await writeFile(file, text);
  await expect(readRotationDates(file)).rejects.toMatchObject({ code: 'bad_rotation_file' });
});
