/**
 * Kills the service while it makes videos on vendors standing in, at random moments as many times as you like or at
 * every boundary of every kind of step, and prints what was lost or bought twice as one JSON object.
 *
 *     node tests/chaos-vendors.ts [kills] [seed] [videos]
 *     node tests/chaos-vendors.ts boundaries [videos]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../server/platform/log.ts';
import { openEmbeddedPostgres } from '../server/platform/postgres/embedded.ts';
import { killAgainAndAgain } from './vendors/killing.ts';

const [first = '25', ...rest] = process.argv.slice(2);
const [second, third] = rest.map(Number);
const { when, videos } =
  first === 'boundaries'
    ? { when: { at: first } as const, videos: second ?? 2 }
    : {
        when: { at: 'random', kills: Number(first), seed: second ?? 1 } as const,
        videos: third ?? 4,
      };

const dataDir = await mkdtemp(join(tmpdir(), 'clipt-chaos-vendors-'));
const server = await openEmbeddedPostgres({ dataDir, log: silentLog });
try {
  const { host, user, database } = server.connection;
  const databaseUrl = `postgresql://${user}@/${database}?${new URLSearchParams({ host })}`;
  const report = await killAgainAndAgain({ when, videos, scenes: 3, databaseUrl });
  process.stdout.write(`${JSON.stringify({ chaos_vendors: { when, ...report } })}\n`);
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
