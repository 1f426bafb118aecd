import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { serveChildTask } from '../../platform/child/serve-task.ts';
import { join } from './join.ts';
import { type OrderedInput, order } from './order.ts';
import { probe } from './probe.ts';
import { runGraph } from './run-graph.ts';
import type { OpenInput } from './source.ts';
import { transcode } from './transcode.ts';

/** The engine's process: one order, then it ends. */
serveChildTask(order, async (asked) => {
  Log.setLevel(AV_LOG_ERROR);
  switch (asked.does) {
    case 'probe':
      return probe(asked);
    case 'transcode':
      return transcode(
        asked,
        asked.inputs.map(openable),
        asked.outputs.map(({ file }) => file),
      );
    case 'measure': {
      const receivers = asked.sinks.map((sink) => ({
        ...sink,
        begin: () => {},
        take: () => true,
        end: () => {},
      }));
      return runGraph(asked.graph, asked.inputs.map(openable), receivers);
    }
    case 'join':
      return join(asked, asked.file, asked.grid);
  }
});

function openable(input: OrderedInput): OpenInput {
  return input.kind === 'media'
    ? { file: input.file, demuxer: input.demuxer, seekSeconds: input.seekSeconds ?? 0 }
    : { file: input.file, demuxer: 'concat', innerDemuxers: 'png_pipe' };
}
