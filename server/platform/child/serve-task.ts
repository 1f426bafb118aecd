import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { z } from 'zod';
import { asProblem, Problem } from '../problem.ts';
import { memoryOfStatus } from './memory.ts';
import type { FromChild } from './protocol.ts';

export type TaskTools = {
  /** Tells the parent how far the task is, 0 to 1. */
  readonly progress: (fraction: number) => void;
};

const envelope = z.object({ input: z.unknown() });

/** One clock tick of `/proc/<pid>/stat`: 1/100 s on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICK_MS = 10;

/**
 * The child's side of `runChildTask`: takes the one input, does the work, hands in the one output
 * (JSON) or the Problem it threw. A module that calls this must not be imported by anything else.
 * A task that blocks the event loop notices the death of its parent only when it yields.
 */
export function serveChildTask<Input>(
  schema: z.ZodType<Input>,
  work: (input: Input, tools: TaskTools) => Promise<unknown>,
): void {
  if (!process.send) throw new Error('This module is a task: start it with runChildTask.');
  process.on('disconnect', endGroup);
  process.once('message', (message) => {
    const progress = (fraction: number) =>
      say({ type: 'progress', fraction: Math.min(1, Math.max(0, fraction)) });
    Promise.resolve()
      .then(() => work(schema.parse(envelope.parse(message).input), { progress }))
      .then((output) => say({ type: 'done', output: output ?? null, cost: costSoFar() }))
      .catch((error: unknown) => say(failure(error)));
  });
}

function say(message: FromChild): void {
  process.send?.(message);
}

function failure(error: unknown): FromChild {
  const { kind, code, message, action, retryable } = asProblem(error);
  const reason = error instanceof Problem ? error.cause : error;
  return {
    type: 'failed',
    problem: { kind, code, message, retryable, ...(action === undefined ? {} : { action }) },
    detail: reason === undefined ? '' : inspect(reason, { depth: 2 }).slice(0, 8_192),
  };
}

/** The parent is gone: nobody wants the result, and nothing this task started may go on. */
function endGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}

/**
 * CPU of this process and of the children it has waited for, and this process's own peak memory. On
 * Linux the peak is VmHWM, because `maxRSS` starts at the size of the process that forked this one.
 */
function costSoFar(): { cpuMs: number; peakMemoryBytes: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const ownMs = (userCPUTime + systemCPUTime) / 1000;
  if (process.platform !== 'linux') return { cpuMs: ownMs, peakMemoryBytes: maxRSS * 1024 };
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // Fields after the parenthesised name; cutime and cstime are the 16th and 17th of proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const childrenMs = (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  const { peakBytes } = memoryOfStatus(readFileSync('/proc/self/status', 'latin1'));
  return { cpuMs: ownMs + childrenMs, peakMemoryBytes: peakBytes };
}
