/**
 * Many videos waiting on vendors in one process: what clipt adds to a vendor's own time, and what 200 videos in flight
 * and 500 followers cost in memory and CPU. Vendors stand in on loopback. Prints one JSON object.
 *
 *     node bench/vendors.ts [videos] [followers]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import pg from 'pg';
import { z } from 'zod';
import { silentLog } from '../server/platform/log.ts';
import { openEmbeddedPostgres } from '../server/platform/postgres/embedded.ts';
import { startArk } from '../stand-ins/ark.ts';
import { startElevenLabs } from '../stand-ins/elevenlabs.ts';
import { stopProcess, usageOf } from './processes.ts';
import { orderVideo, startVendorService } from './vendor-service.ts';

const [videos = 200, followers = 500] = process.argv.slice(2).map(Number);
/** Longer than it takes to order them all and to measure, on however busy a machine. */
const FILM_MS = 3_600_000;
const WINDOW_MS = 30_000;

const dir = await mkdtemp(join(tmpdir(), 'clipt-bench-vendors-'));
const server = await openEmbeddedPostgres({ dataDir: join(dir, 'db'), log: silentLog });
const { host, user, database } = server.connection;
const databaseUrl = `postgresql://${user}@/${database}?${new URLSearchParams({ host })}`;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
const quick = await startArk({ listEveryMs: 0, queueMs: 0, filmMs: 5_000, concurrency: 1_000 });
const slow = await startArk({
  ...{ listEveryMs: 0, queueMs: 0, filmMs: FILM_MS, concurrency: 1_000, mostQueued: 1_000 },
});
const elevenLabs = await startElevenLabs({ speech: 'tones', concurrency: 100 });

const serviceOn = (arkUrl: string) =>
  startVendorService({ dir, databaseUrl, arkUrl, elevenLabsUrl: elevenLabs.baseUrl });

async function count(what: string): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from ${what}`);
  return z.object({ count: z.number() }).parse(rows[0]).count;
}

/** Until every film is being made and nothing else is left to do meanwhile: no voice, no soundtrack. */
async function allWait(): Promise<void> {
  while ((await count("takes where status = 'filming'")) < videos) await delay(250);
  while ((await count("steps where status in ('ready', 'running')")) > 0) await delay(250);
}

try {
  const first = await serviceOn(quick.baseUrl);
  const began = performance.now();
  await orderVideo(first, 'One bird');
  while ((await count("takes where status = 'stored'")) < 1) await delay(20);
  const addedMs = performance.now() - began - 5_000;
  await stopProcess(first.process, 'SIGKILL');

  const service = await serviceOn(slow.baseUrl);
  const few = pLimit(8);
  const ids = await Promise.all(
    Array.from({ length: videos }, (_, index) => few(() => orderVideo(service, `Bird ${index}`))),
  );
  await allWait();
  const waiting = usageOf(service.process);
  await delay(WINDOW_MS);
  const alone = usageOf(service.process);
  const streams = new AbortController();
  let heard = 0;
  await Promise.all(
    Array.from({ length: followers }, async (_, index) => {
      const { url, headers } = service;
      const answer = await fetch(`${url}/v1/videos/${ids[index % videos]}/events`, {
        ...{ headers, signal: streams.signal },
      });
      const reader = answer.body?.getReader();
      await reader?.read();
      heard += 1;
    }),
  );
  const followed = usageOf(service.process);
  await delay(WINDOW_MS);
  const later = usageOf(service.process);
  streams.abort();
  const share = (from: number, to: number) =>
    Math.round(((to - from) / (WINDOW_MS / 1000)) * 1000) / 1000;
  process.stdout.write(
    `${JSON.stringify({
      vendors: {
        added_to_one_clip_ms: Math.round(addedMs),
        videos_in_flight: videos,
        memory_mb: waiting.mb,
        followers: heard,
        memory_followed_mb: Math.max(followed.mb, later.mb),
        cpu_share: share(waiting.cpu, alone.cpu),
        cpu_share_followed: share(followed.cpu, later.cpu),
        bought: slow.journal.purchases.length,
        hold: { added_to_one_clip_ms: 3_000, memory_mb: 512, cpu_share: 0.05 },
      },
    })}\n`,
  );
  await stopProcess(service.process, 'SIGKILL');
} finally {
  await pool.end();
  await Promise.all([quick.close(), slow.close(), elevenLabs.close()]);
  await server.close();
  await rm(dir, { recursive: true, force: true });
}
