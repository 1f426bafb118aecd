/**
 * What a whole film costs from the command line with the local models: made new, made again, and after one
 * changed sentence. CPU seconds are of the process with everything it started, as the shell's
 * `times` counts them. Prints one JSON object; takes a few minutes.
 *
 *     node bench/make.ts
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const LAUNCHER = join(import.meta.dirname, '..', 'clipt');

const SENTENCES = [
  'An octopus has three hearts, and every one of them has a job of its own.',
  'Two of the hearts push blood through the gills, one heart for each side.',
  'The third heart is bigger, and it sends that fresh blood to the rest of the body.',
  'The blood itself is blue, because it carries oxygen with copper and not with iron.',
  'When an octopus swims, its big heart stops beating, and so it would rather crawl.',
  'Three hearts, nine brains and eight arms: would you trade places for a day?',
];
const CHANGED = 'The third heart is larger, and it sends that fresh blood to the rest of the body.';

const report = z.object({
  status: z.literal('succeeded'),
  seconds: z.number(),
  steps: z.array(z.object({ kind: z.string(), cached: z.boolean(), cpu_ms: z.number() })),
  check: z.looseObject({ ok: z.boolean() }),
});

type Figures = {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly firstProgressSeconds: number;
  readonly stepsMade: readonly string[];
  readonly cpuSecondsByKind: Readonly<Record<string, number>>;
};

/** Runs one command; the shell tells what its children used. */
async function measure(args: readonly string[], dataDir: string): Promise<Figures> {
  const startedMs = performance.now();
  const child = spawn(
    'sh',
    ['-c', '"$@"; status=$?; times >&3; exit $status', 'sh', LAUNCHER, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, CLIPT_DATA_DIR: dataDir },
    },
  );
  const times = child.stdio[3];
  if (!child.stdout || !times || !('read' in times)) throw new Error('A channel is missing.');
  let firstProgressSeconds = 0;
  child.stderr?.once('data', () => {
    firstProgressSeconds = (performance.now() - startedMs) / 1000;
  });
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const [output, used] = await Promise.all([text(child.stdout), text(times)]);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  if (output === '') throw new Error(`clipt failed: ${said.join('').slice(-400)}`);
  const { steps } = report.parse(JSON.parse(output));
  const made = steps.filter((step) => !step.cached);
  const byKind: Record<string, number> = {};
  for (const { kind, cpu_ms } of made) byKind[kind] = (byKind[kind] ?? 0) + cpu_ms / 1000;
  return {
    cpuSeconds: childSeconds(used),
    wallSeconds,
    firstProgressSeconds,
    stepsMade: made.map(({ kind }) => kind),
    cpuSecondsByKind: byKind,
  };
}

/** The second line of POSIX `times`: user and system time of the children, as `1m2.34s 0m5.67s`. */
function childSeconds(times: string): number {
  const line = times.trim().split('\n')[1] ?? '';
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
    .reduce((sum, seconds) => sum + seconds, 0);
}

const dir = await mkdtemp(join(tmpdir(), 'clipt-bench-'));
try {
  const script = join(dir, 'octopus.txt');
  const dataDir = join(dir, 'data');
  const args = ['make', '--script', script, '-o', join(dir, 'octopus.mp4'), '--json'];
  await writeFile(script, SENTENCES.join('\n\n'));
  const made = await measure(args, dataDir);
  const again = await measure(args, dataDir);
  await writeFile(script, SENTENCES.with(2, CHANGED).join('\n\n'));
  const edited = await measure(args, dataDir);
  process.stdout.write(`${JSON.stringify({ bench: 'make', made, again, edited }, null, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
