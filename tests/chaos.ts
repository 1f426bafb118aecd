/**
 * Kills clipt at random moments, again and again, while it makes films, and counts what that did. A journey
 * tries a few kills in every check; this tries as many as you like. Linux only; prints one JSON object.
 *
 *     node tests/chaos.ts [kills] [seed]
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { processesOf, readReport, startClipt } from './journeys/command.ts';

const VICTIMS = ['command', 'database', 'child', 'worker'] as const;
type Victim = (typeof VICTIMS)[number];

const kills = Number(process.argv[2] ?? 50);
const seed = Number(process.argv[3] ?? 1);
const random = xoroshiro128plus(seed);
const pick = (least: number, most: number) => uniformInt(random, least, most);

const dir = await mkdtemp(join(tmpdir(), 'clipt-chaos-'));
const data = join(dir, 'data');
const script = join(dir, 'script.txt');
const film = join(dir, 'film.mp4');
const args = [
  'make',
  '--script',
  script,
  '-o',
  film,
  '--format',
  '1:1',
  '--preset',
  'draft',
  '--json',
];
const env = { CLIPT_LOG: 'info' };

const killed: Record<Victim, number> = { command: 0, database: 0, child: 0, worker: 0 };
const succeeded = new Map<string, number>();
const failures: string[] = [];
let films = 0;

/** Every film says something else, so that there is always work to interrupt. */
const writeFilm = () =>
  writeFile(
    script,
    [`The fox number ${films} runs.`, 'The owl looks on.', `Bird ${films} sings.`].join('\n\n'),
  );

function note(stderr: string): void {
  for (const [, step = ''] of stderr.matchAll(/"step_id":"(stp_\w+)".*"msg":"step\.succeeded"/g)) {
    succeeded.set(step, (succeeded.get(step) ?? 0) + 1);
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function victimPid(victim: Victim, command: number, worker: number): Promise<number | null> {
  if (victim === 'command') return command;
  if (victim === 'worker') return worker;
  const pids = await processesOf(data);
  const fits = (pid: number) =>
    victim === 'database'
      ? /postgres\0.*-D/.test(commandLine(pid))
      : /-child\.ts|ffmpeg/.test(commandLine(pid));
  const fitting = pids.filter((pid) => pid !== command && pid !== worker && fits(pid));
  return fitting[pick(0, Math.max(0, fitting.length - 1))] ?? null;
}

function end(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

await writeFilm();
let done = 0;
while (done < kills) {
  const victim = VICTIMS[pick(0, VICTIMS.length - 1)] ?? 'command';
  const worker = victim === 'worker' ? startClipt(data, ['worker'], env) : null;
  const running = startClipt(data, args, env);
  let over = false;
  running.ended.finally(() => {
    over = true;
  });
  await Promise.race([running.ended, delay(pick(200, 6_000))]);
  const pid = over ? null : await victimPid(victim, running.child.pid ?? 0, worker?.child.pid ?? 0);
  if (pid !== null && end(pid)) {
    done += 1;
    killed[victim] += 1;
  }
  if (victim === 'database' || victim === 'child' || over || pid === null || victim === 'worker') {
    // The command itself lives on, and should finish its film.
    const ended = await running.ended;
    if (ended.status !== 0) failures.push(`${victim}: ${ended.stderr.trim().split('\n').at(-1)}`);
    else films += 1;
    await writeFilm();
  }
  note((await running.ended).stderr);
  if (worker) {
    worker.child.kill('SIGTERM');
    note((await worker.ended).stderr);
  }
  process.stderr.write(`${done} kills, ${films} films, ${failures.length} failures\n`);
}

const last = await startClipt(data, args, env).ended;
note(last.stderr);
const report = readReport(last);
const leftovers = (await readdir(dir)).filter((name) => name.includes('.part'));
const twice = [...succeeded.values()].filter((count) => count > 1).length;
process.stdout.write(
  `${JSON.stringify({
    chaos: { kills: done, seed, killed, films, last: report.status, failures, leftovers },
    steps: { succeeded: succeeded.size, twice },
    processes_left: (await processesOf(data)).length,
  })}\n`,
);
await rm(dir, { recursive: true, force: true });
