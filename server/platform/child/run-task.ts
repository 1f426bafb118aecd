import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import { badResult } from './errors.ts';
import {
  type ChildCost,
  type ChildLimits,
  killGroup,
  startGroup,
  unexpectedEnding,
} from './group.ts';
import { type FromChild, fromChild } from './protocol.ts';

export type ChildTask<Output> = {
  /** A module that calls `serveChildTask`, such as `new URL('./draw-child.ts', import.meta.url)`. */
  readonly module: URL;
  /** Anything JSON can carry; the child parses it by its own schema. */
  readonly input: unknown;
  readonly output: z.ZodType<Output>;
  /** The child's working folder; also its TMPDIR. */
  readonly cwd: string;
  /** 0 to 1, as often as the child says so. */
  readonly onProgress?: (fraction: number) => void;
};

type Final = Exclude<FromChild, { type: 'progress' }>;

/**
 * Runs a module of ours as one task in a Node process of its own, in its own process group, without any
 * secret in its environment. The group is killed when the task has handed in its result, when a limit is
 * passed and on abort; should this process die, the child notices and ends itself with its children.
 *
 * Rejects with the Problem the task threw (same kind, code, message, action, retryable), or with
 * `child_crashed`, `out_of_memory`, `timed_out`, `canceled`, `child_not_started`, `child_bad_result`;
 * the end of the child's stderr is the `cause`.
 */
export async function runChildTask<Output>(
  task: ChildTask<Output>,
  limits: ChildLimits,
): Promise<{ output: Output; cost: ChildCost }> {
  const { child, watch } = await startGroup({
    file: process.execPath,
    args: [fileURLToPath(task.module)],
    cwd: task.cwd,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const heard: { final: Final | null; broken: unknown } = { final: null, broken: null };
  child.on('message', (message) => {
    const parsed = fromChild.safeParse(message);
    if (!parsed.success) heard.broken ??= parsed.error;
    else if (parsed.data.type === 'progress') task.onProgress?.(parsed.data.fraction);
    else heard.final ??= parsed.data;
    // The result is all we wanted: ending the group here spares its tear-down and leaves no straggler.
    if (heard.final || heard.broken) killGroup(child);
  });
  // A send that fails means the child is gone, which `watch` reports with its reason.
  if (child.connected) child.send({ input: task.input }, () => {});
  const ending = await watch(limits);
  if (heard.final === null) throw heard.broken ? badResult(heard.broken) : unexpectedEnding(ending);
  return accept(heard.final, task.output, ending);
}

function accept<Output>(
  final: Final,
  schema: z.ZodType<Output>,
  ending: { readonly stderr: string; readonly peakMemoryBytes: number },
): { output: Output; cost: ChildCost } {
  if (final.type === 'failed') {
    const said = [final.detail, ending.stderr].filter(Boolean).join('\n');
    throw new Problem({ ...final.problem, cause: new Error(said) });
  }
  const parsed = schema.safeParse(final.output);
  if (!parsed.success) throw badResult(parsed.error);
  const peakMemoryBytes = Math.max(final.cost.peakMemoryBytes, ending.peakMemoryBytes);
  return { output: parsed.data, cost: { cpuMs: final.cost.cpuMs, peakMemoryBytes } };
}
