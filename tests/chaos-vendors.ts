/**
 * Kills the service at random moments while it makes videos on vendors standing in, as many times as you like, and
 * prints what was lost or bought twice as one JSON object.
 *
 *     node tests/chaos-vendors.ts [kills] [seed] [videos]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../server/platform/log.ts';
import { openEmbeddedPostgres } from '../server/platform/postgres/embedded.ts';
import { killAgainAndAgain } from './vendors/killing.ts';

const [kills = 25, seed = 1, videos = 4] = process.argv.slice(2).map(Number);

const dataDir = await mkdtemp(join(tmpdir(), 'clipt-chaos-vendors-'));
const server = await openEmbeddedPostgres({ dataDir, log: silentLog });
try {
  const { host, user, database } = server.connection;
  const databaseUrl = `postgresql://${user}@/${database}?${new URLSearchParams({ host })}`;
  const report = await killAgainAndAgain({ kills, seed, videos, scenes: 3, databaseUrl });
  process.stdout.write(`${JSON.stringify({ chaos_vendors: { seed, ...report } })}\n`);
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
