/**
 * Whether memory stays flat while one process makes many videos on vendors that stand in on loopback, each made whole:
 * ordered, spoken, filmed, composed, checked and stored. Resident memory of the service is taken after every finished
 * video. Prints one JSON object.
 *
 *     node bench/flat.ts [videos]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { silentLog } from '../server/platform/log.ts';
import { openEmbeddedPostgres } from '../server/platform/postgres/embedded.ts';
import { startArk } from '../stand-ins/ark.ts';
import { startElevenLabs } from '../stand-ins/elevenlabs.ts';
import { median } from './figures.ts';
import { stopProcess, usageOf } from './processes.ts';
import { orderVideo, startVendorService } from './vendor-service.ts';

const [videos = 500] = process.argv.slice(2).map(Number);
const AT_ONCE = 4;
const videoSchema = z.object({ status: z.string(), error: z.unknown().optional() });
const problemSchema = z.object({ code: z.string(), retryable: z.boolean() });

await using opened = new AsyncDisposableStack();
const dir = await mkdtemp(join(tmpdir(), 'clipt-bench-flat-'));
opened.defer(() => rm(dir, { recursive: true, force: true }));
const server = await openEmbeddedPostgres({ dataDir: join(dir, 'db'), log: silentLog });
opened.defer(() => server.close());
const { host, user, database } = server.connection;
const ark = await startArk({ listEveryMs: 0, queueMs: 0, filmMs: 0, concurrency: 1_000 });
opened.defer(() => ark.close());
const elevenLabs = await startElevenLabs({ speech: 'tones', concurrency: 100 });
opened.defer(() => elevenLabs.close());
const service = await startVendorService({
  dir,
  databaseUrl: `postgresql://${user}@/${database}?${new URLSearchParams({ host })}`,
  arkUrl: ark.baseUrl,
  elevenLabsUrl: elevenLabs.baseUrl,
});
opened.defer(() => stopProcess(service.process));

const memory: number[] = [];
/** Answers that asked for another try. */
const refusals: string[] = [];
const few = pLimit(AT_ONCE);
await Promise.all(
  Array.from({ length: videos }, (_, index) => few(() => makeVideo(`Bird ${index}`))),
);
const tenth = Math.max(1, Math.floor(videos / 10));
const tenths = Array.from({ length: Math.ceil(videos / tenth) }, (_, index) =>
  median(memory.slice(index * tenth, (index + 1) * tenth)),
);
process.stdout.write(
  `${JSON.stringify({
    flat: {
      videos,
      cpu_seconds: Math.round(usageOf(service.process).cpu),
      refusals,
      peak_mb: Math.max(...memory),
      mb_by_tenth: tenths,
    },
  })}\n`,
);

async function makeVideo(subject: string): Promise<void> {
  const id = await orderVideo(service, subject);
  for (;;) {
    const answer = await fetch(`${service.url}/v1/videos/${id}?wait=25`, {
      headers: service.headers,
    });
    const told: unknown = await answer.json();
    if (!answer.ok) {
      const { code, retryable } = problemSchema.parse(told);
      if (!retryable) throw new Error(`A video could not be asked for: ${code}`);
      refusals.push(code);
      continue;
    }
    const { status, error } = videoSchema.parse(told);
    if (status === 'failed') throw new Error(`A video failed: ${JSON.stringify(error)}`);
    if (status === 'succeeded') break;
  }
  memory.push(usageOf(service.process).mb);
  if (memory.length % 50 !== 0) return;
  process.stderr.write(
    `${memory.length} videos, ${median(memory.slice(-50))} MB, refused ${refusals.join(' ') || 'never'} …\n`,
  );
}
