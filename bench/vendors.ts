/**
 * Many videos waiting on vendors in one process: what clipt adds to a vendor's own time, and what 200 videos in flight
 * and 500 followers cost in memory and CPU. Vendors stand in on loopback. Prints one JSON object.
 *
 *     node bench/vendors.ts [videos] [followers]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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

const CLI = join(import.meta.dirname, '..', 'server', 'cli', 'main.ts');
const [videos = 200, followers = 500] = process.argv.slice(2).map(Number);
/** Longer than it takes to order them all. */
const FILM_MS = 900_000;
const WINDOW_MS = 30_000;
const TICKS_PER_SECOND = 100;

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

type Service = {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly pid: number;
  stop(): Promise<void>;
};

async function startService(arkUrl: string): Promise<Service> {
  const child = spawn(process.execPath, [CLI, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...{
        PATH: process.env['PATH'],
        HOME: dir,
        CLIPT_DATA_DIR: join(dir, 'data'),
        CLIPT_PORT: '0',
      },
      ...{ DATABASE_URL: databaseUrl, CLIPT_RUNNING_VIDEOS: '1000', ARK_MAX_TASKS: '1000' },
      ...{ CLIPT_VIDEOS_PER_MINUTE: '100000', CLIPT_REQUESTS_PER_MINUTE: '100000' },
      ...{ ARK_API_KEY: 'key', ARK_BASE_URL: arkUrl, ELEVENLABS_MAX_CALLS: '20' },
      ...{ ELEVENLABS_API_KEY: 'key', ELEVENLABS_BASE_URL: elevenLabs.baseUrl },
    },
  });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('Ctrl-C stops')) break;
  }
  const url = /running at (\S+)/.exec(said)?.[1] ?? '';
  const token = /signin#(\S+)/.exec(said)?.[1] ?? '';
  const json = { 'content-type': 'application/json', origin: url };
  const signedIn = await fetch(`${url}/app/sessions`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify({ token }) },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  return {
    ...{ url, headers: { ...json, cookie }, pid: child.pid ?? 0 },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function order({ url, headers }: Service, name: string): Promise<string> {
  const answer = await fetch(`${url}/v1/videos`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify({
      ...{ format: '1:1', preset: 'draft', music: 'none' },
      scenes: [{ narration: `${name} waits.`, visual: `${name} in the rain` }],
    }),
  });
  const told: unknown = await answer.json();
  const made = z.object({ id: z.string() }).safeParse(told);
  if (!made.success) throw new Error(`A video was refused: ${JSON.stringify(told)}`);
  return made.data.id;
}

async function count(where: string): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from takes where ${where}`);
  return z.object({ count: z.number() }).parse(rows[0]).count;
}

/** Resident memory in MB and CPU seconds so far of the Node process alone. */
function usage(pid: number): { readonly mb: number; readonly cpu: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    mb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024),
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

try {
  const first = await startService(quick.baseUrl);
  const began = performance.now();
  await order(first, 'One bird');
  while ((await count("status = 'stored'")) < 1) await delay(20);
  const addedMs = performance.now() - began - 5_000;
  await first.stop();

  const service = await startService(slow.baseUrl);
  const few = pLimit(8);
  const ids = await Promise.all(
    Array.from({ length: videos }, (_, index) => few(() => order(service, `Bird ${index}`))),
  );
  while ((await count("status = 'filming'")) < videos) await delay(250);
  const waiting = usage(service.pid);
  await delay(WINDOW_MS);
  const alone = usage(service.pid);
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
  const followed = usage(service.pid);
  await delay(WINDOW_MS);
  const later = usage(service.pid);
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
  await service.stop();
} finally {
  await pool.end();
  await Promise.all([quick.close(), slow.close(), elevenLabs.close()]);
  await server.close();
  await rm(dir, { recursive: true, force: true });
}
