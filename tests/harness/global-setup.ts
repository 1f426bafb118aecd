import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { silentLog } from '../../server/platform/log.ts';
import { openEmbeddedPostgres } from '../../server/platform/postgres/embedded.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Data folder of the one PostgreSQL of the whole test run. */
    readonly testDataDir: string;
  }
}

/**
 * Gives the run a data folder. The server in it starts with the first test file that asks for a
 * database, is shared by all that follow, and is stopped here, at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'clipt-test-'));
  project.provide('testDataDir', dataDir);
  return async () => {
    const wasUsed = await stat(join(dataDir, 'postgres')).then(
      () => true,
      () => false,
    );
    if (wasUsed) {
      // Entering as its last user and leaving again is what stops it.
      const server = await openEmbeddedPostgres({ dataDir, log: silentLog });
      await server.close();
    }
    await rm(dataDir, { recursive: true, force: true });
  };
}
