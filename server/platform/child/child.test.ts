import { execFile, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { memoryOfStatus } from './memory.ts';
import { withoutNetwork } from './network.ts';
import { childrenMsOfTimes, runExecutable } from './run-executable.ts';
import { runChildTask } from './run-task.ts';

const behaving = new URL('./fixtures/behave-child.ts', import.meta.url);
let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'clipt-child-')));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const limits = (over: Partial<Parameters<typeof runChildTask>[1]> = {}) => ({
  signal: new AbortController().signal,
  timeoutMs: 20_000,
  memoryMiB: 512,
  ...over,
});
const behave = (how: string, over?: Parameters<typeof limits>[0], onProgress = (_: number) => {}) =>
  runChildTask(
    { module: behaving, input: { behave: how }, output: z.looseObject({}), cwd, onProgress },
    limits(over),
  );

/** Command lines of everything alive. */
async function processes(): Promise<string> {
  return (await promisify(execFile)('ps', ['-A', '-o', 'pid=,args='])).stdout;
}

describe('a task in a child process', () => {
  test('answers with its output, progress and cost', async () => {
    const heard: number[] = [];
    const { output, cost } = await behave('answer', {}, (fraction) => heard.push(fraction));
    expect(output).toMatchObject({ cwd, argv: 2 });
    expect(heard).toEqual([0.5]);
    expect(cost.cpuMs).toBeGreaterThan(5);
    expect(cost.peakMemoryBytes).toBeGreaterThan(20 * 1024 * 1024);
  });

  test('sees nothing of our environment', async () => {
    vi.stubEnv('CANARY_API_KEY', 'sk-canary');
    const { output } = await behave('answer');
    vi.unstubAllEnvs();
    expect(JSON.stringify(output)).not.toContain('canary');
    const env = z.object({ env: z.record(z.string(), z.string()) }).parse(output).env;
    expect(
      Object.keys(env)
        .filter((name) => !name.startsWith('NODE_CHANNEL_'))
        .sort(),
    ).toEqual(expect.arrayContaining(['LANG', 'LC_ALL', 'PATH', 'TMPDIR']));
    expect(env).not.toHaveProperty('HOME');
  });

  test('costs its CPU time, from the accounting of the system', async () => {
    const { cost } = await behave('burn');
    expect(cost.cpuMs).toBeGreaterThanOrEqual(200);
    expect(cost.cpuMs).toBeLessThan(2_000);
  });

  test('throws its Problem in the parent', async () => {
    await expect(behave('refuse')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'not_now',
      message: 'Not now.',
      action: 'Wait.',
      retryable: false,
    });
  });

  test('hides an inner reason behind an internal Problem that carries it as cause', async () => {
    const error = await behave('fail').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'internal', code: 'internal' });
    expect(error).toHaveProperty('cause.message', expect.stringContaining('an inner reason'));
    expect(error).not.toHaveProperty('message', expect.stringContaining('inner'));
  });

  test('that dies by a signal is a retryable crash with its last words', async () => {
    const error = await behave('die').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'child_crashed', retryable: true });
    expect(error).toHaveProperty('cause.message', expect.stringContaining('last words'));
  });

  test('is killed when its time is over', async () => {
    await expect(behave('hang', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timed_out' });
  });

  test('is killed when it takes too much memory', async () => {
    await expect(behave('hoard', { memoryMiB: 192 })).rejects.toMatchObject({
      code: 'out_of_memory',
      retryable: false,
    });
  });

  test('is killed with its own children on abort, before the promise rejects', async () => {
    const abort = new AbortController();
    const error = await behave('hang-with-child', { signal: abort.signal }, () =>
      abort.abort(),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'canceled', code: 'canceled' });
    await vi.waitFor(async () => expect(await processes()).not.toMatch(/sleep 300$/m), 5_000);
  });

  test('does not start when already aborted', async () => {
    await expect(behave('answer', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'canceled',
    });
  });

  test('refuses a result of the wrong shape', async () => {
    const wrong = runChildTask(
      {
        module: behaving,
        input: { behave: 'burn' },
        output: z.object({ absent: z.string() }),
        cwd,
      },
      limits(),
    );
    await expect(wrong).rejects.toMatchObject({ code: 'child_bad_result' });
  });

  test('that cannot start says so', async () => {
    const nowhere = runChildTask(
      { module: behaving, input: {}, output: z.unknown(), cwd: join(cwd, 'absent') },
      limits(),
    );
    await expect(nowhere).rejects.toMatchObject({ code: 'child_not_started' });
  });
});

describe('an executable', () => {
  const sh = (script: string, over?: Parameters<typeof limits>[0]) =>
    runExecutable({ file: 'sh', args: ['-c', script], cwd }, limits(over));

  test('hands over status, output and what it cost', async () => {
    const burn =
      'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo out; echo err >&2; exit 3';
    const { code, stdout, stderr, cost } = await sh(burn);
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err' });
    expect(cost.cpuMs).toBeGreaterThan(10);
  });

  test('gets its arguments as they are', async () => {
    const args = ['-c', 'printf "%s|" "$@"', 'x', 'a b', "it's $(id) *", '', '"'];
    const { stdout } = await runExecutable({ file: 'sh', args, cwd }, limits());
    expect(stdout).toBe(`a b|it's $(id) *||"|`);
  });

  test('sees nothing of our environment and no stdin', async () => {
    vi.stubEnv('CANARY_API_KEY', 'sk-canary');
    const { stdout } = await sh('env; cat');
    vi.unstubAllEnvs();
    expect(stdout).not.toMatch(/canary|HOME/);
  });

  test('that is killed reports 128 + 9', async () => {
    expect((await sh('kill -9 $$')).code).toBe(137);
  });

  test('keeps no more output than asked for', async () => {
    const { stdout } = await runExecutable(
      { file: 'sh', args: ['-c', 'printf %5000s x'], cwd, maxStdoutBytes: 100 },
      limits(),
    );
    expect(stdout).toHaveLength(100);
  });

  test('is killed with its children on time-out', async () => {
    const late = sh('sleep 301 & sleep 301', { timeoutMs: 200 });
    await expect(late).rejects.toMatchObject({ code: 'timed_out' });
    await vi.waitFor(async () => expect(await processes()).not.toMatch(/sleep 301$/m), 5_000);
  });

  test('that is missing reports the status of the shell', async () => {
    const { code } = await runExecutable({ file: join(cwd, 'absent'), args: [], cwd }, limits());
    expect(code).toBe(127);
  });
});

test.skipIf((await withoutNetwork()).length === 0)('a child reaches nobody', async () => {
  let knocks = 0;
  const listener = createServer(() => {
    knocks += 1;
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const call = `require('net').connect(${port}, '127.0.0.1').on('error', (e) => console.log(e.code))`;
  const { stdout } = await runExecutable(
    { file: process.execPath, args: ['-e', call], cwd },
    limits(),
  );
  listener.close();
  expect(stdout).toMatch(/^E(NETUNREACH|CONNREFUSED)/);
  expect(knocks).toBe(0);
});

test('kill -9 of the parent leaves no child and no grandchild behind', async () => {
  const parent = spawn(
    process.execPath,
    [fileURLToPath(new URL('./fixtures/parent-child.ts', import.meta.url)), cwd, '302.5'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await vi.waitFor(async () => {
    expect(said).toContain('task');
    expect(await processes()).toMatch(/sleep 302.5$/m);
  }, 20_000);
  parent.kill('SIGKILL');
  await vi.waitFor(async () => {
    const alive = await processes();
    expect(alive).not.toMatch(/sleep 302.5$|sleep 300$/m);
    expect(alive).not.toContain('behave-child');
  }, 5_000);
});

describe('what the system prints', () => {
  test('about memory is read in bytes', () => {
    expect(memoryOfStatus('VmPeak:\t 9 kB\nVmHWM:\t    20 kB\nVmRSS:\t    10 kB\n')).toEqual({
      nowBytes: 10_240,
      peakBytes: 20_480,
    });
    expect(memoryOfStatus('')).toEqual({ nowBytes: 0, peakBytes: 0 });
  });

  test('about CPU is read in milliseconds, dash and bash alike', () => {
    expect(childrenMsOfTimes('0m0.00s 0m0.00s\n1m2.50s 0m0.25s\n')).toBe(62_750);
    expect(childrenMsOfTimes('0m0,000s 0m0,001s\n0m0,120s 0m0,030s\n')).toBe(150);
    expect(childrenMsOfTimes('')).toBe(0);
  });
});
