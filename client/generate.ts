/**
 * Writes the types of the API from its own OpenAPI document, as a fresh installation serves it.
 *
 *     node client/generate.ts            writes client/api.d.ts
 *     node client/generate.ts --check    fails when that file is not what would be written
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateTypes } from './types.ts';

const FILE = join(import.meta.dirname, 'api.d.ts');

const types = await generateTypes();
if (process.argv.includes('--check')) {
  if ((await readFile(FILE, 'utf8')) !== types) {
    process.stderr.write('client/api.d.ts is old: run `node client/generate.ts`.\n');
    process.exitCode = 1;
  }
} else await writeFile(FILE, types);
