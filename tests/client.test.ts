import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateTypes } from '../client/types.ts';

test('the typed client is that of the API as it is served', async () => {
  const file = join(import.meta.dirname, '..', 'client', 'api.d.ts');
  expect(await readFile(file, 'utf8')).toBe(await generateTypes());
});
