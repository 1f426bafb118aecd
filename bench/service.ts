/**
 * The service itself: how long a warm start takes, what an idle process holds, and how a signed-in
 * `GET /v1/videos/{id}` compares with a bare Hono route that answers the same JSON, in the same run: in requests a
 * second, and in CPU time of the serving process, which other work on the machine moves less. Prints one JSON object.
 *
 *     node bench/service.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { median } from './figures.ts';
import { type Load, load } from './load.ts';
import { CLIPT, type Started, startProcess, stopProcess, usageOf } from './processes.ts';

const BARE = join(import.meta.dirname, 'bare-route.ts');
const CONNECTIONS = 32;
const SECONDS = 4;
const PAIRS = 3;
/** Before this many a process is still compiling what it runs. */
const WARM_REQUESTS = 40_000;
const IDLE_MS = 5_000;

const opened = new AsyncDisposableStack();
const dir = await mkdtemp(join(tmpdir(), 'clipt-bench-service-'));
opened.defer(() => rm(dir, { recursive: true, force: true }));
const env = {
  PATH: process.env['PATH'],
  HOME: dir,
  CLIPT_DATA_DIR: join(dir, 'data'),
  CLIPT_PORT: '0',
  CLIPT_REQUESTS_PER_MINUTE: '100000000',
  NODE_COMPILE_CACHE: join(dir, 'cache'),
};
type LoadWithCpu = Load & { readonly cpuUs: number };
const startService = () => startProcess([CLIPT, 'start'], env, /Ctrl-C stops/);

try {
  await stopProcess(await startService());
  const starts: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const warm = await startService();
    starts.push(warm.ms);
    await stopProcess(warm);
  }

  const service = await startService();
  opened.defer(() => stopProcess(service));
  const url = /running at (\S+)/.exec(service.said)?.[1] ?? '';
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleMb = usageOf(service).mb;
  const made = await startProcess(
    [CLIPT, 'keys', 'create', '--name', 'bench'],
    env,
    /clipt_live_\w+/,
  );
  const key = /clipt_live_\w+/.exec(made.said)?.[0] ?? '';
  const headers = { authorization: `Bearer ${key}` };
  const created = await fetch(`${url}/v1/videos`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      // Long enough for its loudness to be measured: a film of two words may fail its own check.
      scenes: [
        { narration: 'Twice a day the sea comes up the beach, and twice it goes away again.' },
        { narration: 'The moon pulls it, and the turning earth carries us through the bulge.' },
      ],
      preset: 'draft',
    }),
  });
  const { id } = z.object({ id: z.string() }).parse(await created.json());
  const path = `/v1/videos/${id}`;
  for (;;) {
    const answer = await fetch(`${url}${path}?wait=25`, { headers });
    const { status } = z.object({ status: z.string() }).parse(await answer.json());
    if (status === 'succeeded') break;
    if (status === 'failed') throw new Error('The video to be shown could not be made.');
  }
  const body = await (await fetch(`${url}${path}`, { headers })).text();
  const bare = await startProcess([process.execPath, BARE, body], env, /http\S+/);
  opened.defer(() => stopProcess(bare));
  const bareUrl = /http\S+/.exec(bare.said)?.[0] ?? '';

  const ratios: number[] = [];
  const ours: LoadWithCpu[] = [];
  const theirs: LoadWithCpu[] = [];
  const our = { url: `${url}${path}`, headers, connections: CONNECTIONS };
  const their = { ...our, url: bareUrl };
  await load({ ...our, requests: WARM_REQUESTS });
  await load({ ...their, requests: WARM_REQUESTS });
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const one = await loadWithCpu(service, { ...our, seconds: SECONDS });
    const other = await loadWithCpu(bare, { ...their, seconds: SECONDS });
    ours.push(one);
    theirs.push(other);
    ratios.push(one.perSecond / other.perSecond);
  }
  process.stdout.write(
    `${JSON.stringify({
      service: {
        warm_start_ms: Math.round(median(starts)),
        idle_mb: idleMb,
        get_video: {
          ratio_to_bare: Math.round(median(ratios) * 1000) / 1000,
          per_second: Math.round(median(ours.map(({ perSecond }) => perSecond))),
          bare_per_second: Math.round(median(theirs.map(({ perSecond }) => perSecond))),
          cpu_us: Math.round(median(ours.map(({ cpuUs }) => cpuUs))),
          bare_cpu_us: Math.round(median(theirs.map(({ cpuUs }) => cpuUs))),
          p99_ms: median(ours.map(({ p99Ms }) => p99Ms)),
          not_2xx: ours.reduce((sum, { not2xx }) => sum + not2xx, 0),
        },
        hold: { warm_start_ms: 1500, idle_mb: 180, ratio_to_bare: 0.5, p99_ms: 25 },
      },
    })}\n`,
  );
} finally {
  await opened.disposeAsync();
}

/** A load with the CPU microseconds that the process spent on each request: what a busy machine tells best. */
async function loadWithCpu(
  process: Started,
  options: Parameters<typeof load>[0],
): Promise<LoadWithCpu> {
  const before = usageOf(process).cpu;
  const done = await load(options);
  return { ...done, cpuUs: ((usageOf(process).cpu - before) * 1e6) / done.requests };
}
