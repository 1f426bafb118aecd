import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** The command line as Node runs it. */
export const CLI = join(import.meta.dirname, '..', '..', 'server', 'cli', 'main.ts');

export type Ended = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type Running = { readonly child: ChildProcess; readonly ended: Promise<Ended> };

/** Starts the command line as a person would, with nothing in the environment but a data folder. */
export function startClipt(
  dataDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: dataDir, CLIPT_DATA_DIR: dataDir, ...env },
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([status, stdout, stderr]) => ({ status, stdout, stderr }),
  );
  return { child, ended };
}

export async function clipt(
  dataDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return await startClipt(dataDir, args, env).ended;
}

/** Resolves when the command has said `word` on stderr; rejects when it ends without. */
export async function hasSaid({ child, ended }: Running, word: string): Promise<void> {
  let said = '';
  const heard = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(word)) resolve();
    });
  });
  const silent = ended.then(({ stderr }) => {
    throw new Error(`clipt ended without saying "${word}": ${stderr.slice(-600)}`);
  });
  await Promise.race([heard, silent]);
}

const reportSchema = z.object({
  video_id: z.string(),
  status: z.string(),
  files: z.looseObject({ mp4: z.string(), snapshots: z.array(z.string()) }).nullable(),
  check: z.looseObject({ ok: z.boolean() }).nullable(),
  steps: z.array(
    z.strictObject({
      kind: z.string(),
      scene: z.number().nullable(),
      status: z.string(),
      cached: z.boolean(),
      cpu_ms: z.number(),
    }),
  ),
  seconds: z.number(),
});

export type Report = z.infer<typeof reportSchema>;

/** The one object on stdout; anything else there fails. */
export function readReport({ stdout, stderr }: Ended): Report {
  try {
    return reportSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new Error(`No report on stdout; stderr says: ${stderr.slice(-600)}`, { cause });
  }
}

/** Kinds of the steps that were performed, sorted. */
export function performed(report: Report): readonly string[] {
  return report.steps
    .filter((step) => !step.cached)
    .map((step) => step.kind)
    .sort();
}

/** Pids of processes that work in or on a folder; Linux only. */
export async function processesOf(dataDir: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, cwd] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ]);
      return command.includes(dataDir) || cwd.startsWith(dataDir) ? [pid] : [];
    }),
  );
  return found.flat();
}
