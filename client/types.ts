import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { z } from 'zod';

const CLI = join(import.meta.dirname, '..', 'server', 'cli', 'main.ts');

const HEAD = `// Made from the OpenAPI document by client/generate.ts; not to be edited.\n\n`;

const isDocument = (value: unknown): value is OpenAPI3 =>
  z.looseObject({ openapi: z.string(), info: z.looseObject({}) }).safeParse(value).success;

/** The types of every operation, from the document that a service of its own on a free port gives. */
export async function generateTypes(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'clipt-client-'));
  const child = spawn(process.execPath, [CLI, 'start'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...{ PATH: process.env['PATH'], HOME: dir, CLIPT_ROLE: 'web', CLIPT_PORT: '0' },
      CLIPT_DATA_DIR: join(dir, 'data'),
    },
  });
  try {
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes('Ctrl-C stops')) break;
    }
    const url = /running at (\S+)/.exec(said)?.[1];
    const document: unknown = await (await fetch(`${url}/v1/openapi.json`)).json();
    if (!isDocument(document)) throw new Error('The service gave no OpenAPI document.');
    // Where this one listened is nobody else's business.
    const types = await openapiTS({ ...document, servers: [] }, { defaultNonNullable: false });
    return HEAD + astToString(types);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(dir, { recursive: true, force: true });
  }
}
