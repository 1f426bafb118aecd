import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ChildCost } from '../../platform/child/group.ts';
import { runChildTask } from '../../platform/child/run-task.ts';
import { acceptFile, DEMUXER, MEDIA_MEMORY_MIB, MEDIA_TIMEOUT_MS } from '../accept.ts';
import { blaming } from '../blame.ts';
import { deliver, joinDelivery, transcodeDeliveries } from '../deliver.ts';
import { measuringGraph } from '../graph.ts';
import { filmGrid, gridFps } from '../join.ts';
import type { MediaCall, MediaEngine, MediaInfo, MediaInput } from '../media.ts';
import { inPrivateFolder } from '../private-folder.ts';
import { finding, type Order, type OrderedInput } from './order.ts';

/** The media engine on node-av: FFmpeg as a library, in a process of its own for every call. */
export function makeNodeAvEngine({ workDir }: { readonly workDir: string }): MediaEngine {
  async function run<Output>(
    order: Order,
    output: z.ZodType<Output>,
    cwd: string,
    call: MediaCall,
  ): Promise<{ output: Output; cost: ChildCost }> {
    const module = new URL('./engine-child.ts', import.meta.url);
    const timeoutMs = call.timeoutMs ?? MEDIA_TIMEOUT_MS;
    const limits = { signal: call.signal, timeoutMs, memoryMiB: MEDIA_MEMORY_MIB };
    const done = await runChildTask({ module, input: order, output, cwd }, limits);
    call.spent?.(done.cost.cpuMs);
    return done;
  }
  const obey = (order: Order, cwd: string, call: MediaCall) => run(order, z.unknown(), cwd, call);

  async function probe(file: string, call: MediaCall): Promise<MediaInfo> {
    const { container, sizeBytes, faststart } = await acceptFile(file);
    const order = { does: 'probe', file, demuxer: DEMUXER[container] } as const;
    const { output } = await inPrivateFolder(workDir, (cwd) => run(order, finding, cwd, call));
    return { container, sizeBytes, faststart, ...output };
  }

  const privately = <T>(
    inputs: readonly MediaInput[],
    call: MediaCall,
    work: (cwd: string) => Promise<T>,
  ) => blaming(inputs, probe, call, () => inPrivateFolder(workDir, work));

  return {
    name: 'node-av',
    version: `node-av/${packageVersion()}`,
    probe,

    async transcode(task, call) {
      const inputs = await orderedInputs(task.inputs);
      return deliver(transcodeDeliveries(task), (files) =>
        privately(task.inputs, call, async (cwd) => {
          const outputs = task.outputs.map((output, i) => ({ ...output, file: files[i] ?? '' }));
          const order = { does: 'transcode', inputs, graph: task.graph, outputs } as const;
          return (await obey(order, cwd, call)).cost;
        }),
      );
    },

    async measure(task, call) {
      const inputs = await orderedInputs(task.inputs);
      const { graph, sinks, prints } = measuringGraph(task.graph);
      return privately(task.inputs, call, async (cwd) => {
        await obey({ does: 'measure', inputs, graph, sinks }, cwd, call);
        const printed = prints.map((name) => readFile(join(cwd, name), 'utf8'));
        return (await Promise.all(printed)).join('\n');
      });
    },

    async join(task, call) {
      const grid = await filmGrid(task);
      return deliver([joinDelivery(task, gridFps(grid))], ([file = '']) =>
        privately([], call, async (cwd) => {
          const order = { ...task, does: 'join', file, grid } as const;
          return (await obey(order, cwd, call)).cost;
        }),
      );
    },
  };
}

async function orderedInputs(inputs: readonly MediaInput[]): Promise<readonly OrderedInput[]> {
  const ordered = async (input: MediaInput): Promise<OrderedInput> =>
    input.kind === 'pictures'
      ? input
      : { ...input, demuxer: DEMUXER[(await acceptFile(input.file)).container] };
  return Promise.all(inputs.map(ordered));
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.resolve('node-av'));
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return z.object({ version: z.string() }).parse(parsed).version;
}
