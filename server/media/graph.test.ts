import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finishGraph, measuringGraph, streamsRead } from './graph.ts';

describe('a measuring graph', () => {
  test('prints into files of its own and ends in results instead of null sinks', () => {
    const graph =
      '[0:v]split[a][b];[a]blackdetect,metadata=mode=print:file=-,nullsink;[b]nullsink;[0:a]ametadata=mode=print:key=lavfi.r128.M:file=-:direct=1,anullsink';
    expect(measuringGraph(graph)).toEqual({
      graph:
        '[0:v]split[a][b];[a]blackdetect,metadata=mode=print:file=print-0.txt[sink0];[b]null[sink1];[0:a]ametadata=mode=print:key=lavfi.r128.M:direct=1:file=print-1.txt[sink2]',
      sinks: [
        { label: 'sink0', kind: 'v' },
        { label: 'sink1', kind: 'v' },
        { label: 'sink2', kind: 'a' },
      ],
      prints: ['print-0.txt', 'print-1.txt'],
    });
  });

  test('leaves everything else as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9=:,;[\] ]*$/), (graph) => {
        fc.pre(!/nullsink|mode=print/.test(graph));
        expect(measuringGraph(graph)).toEqual({ graph, sinks: [], prints: [] });
      }),
    );
  });
});

test('every stream a graph reads is named once', () => {
  expect(streamsRead('[0:v][1:a]x;[0:v]y[v];[12:v]z')).toEqual([
    { input: 0, kind: 'v' },
    { input: 1, kind: 'a' },
    { input: 12, kind: 'v' },
  ]);
});

test('a finished graph gives each output labels of its own', () => {
  const encoding = { codec: 'h264', preset: 'ultrafast', crf: 23, fps: 30, gopFrames: 30 } as const;
  const task = {
    graph: '[0:v]split[a][b];[1:a]anull[s]',
    outputs: [
      {
        file: 'x',
        video: { from: 'a', frames: 1, encoding },
        audio: { from: 's', encoding: { codec: 'pcm' } },
      },
      { file: 'y', video: { from: 'b', frames: 1, encoding: { codec: 'png' } } },
    ],
  } as const;
  const { graph, labels } = finishGraph(task, false);
  expect(labels).toEqual([
    { video: 'clipt0', audio: 'clipt1' },
    { video: 'clipt2', audio: null },
  ]);
  expect(graph.startsWith(`${task.graph};[a]fps=30,setpts=N,format=yuv420p,`)).toBe(true);
  expect(graph).toMatch(/;\[s\]anull\[clipt1\];\[b\]scale=.*\[clipt2\]$/);
});
