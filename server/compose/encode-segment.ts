import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaCall, MediaCost, MediaEngine, MediaInput, VideoInfo } from '../media/media.ts';
import { BadPlan } from './errors.ts';
import { segmentGraph } from './segment-graph.ts';
import type { Footage, Segment } from './segments.ts';
import { writeStrips } from './strips.ts';

/** Encodes one segment into `file`. Its caption pictures live in a folder of their own until it is done. */
export async function encodeSegment(
  { engine, workDir }: { readonly engine: MediaEngine; readonly workDir: string },
  segment: Segment,
  file: string,
  call: MediaCall,
): Promise<MediaCost> {
  const dir = await mkdtemp(join(workDir, 'segment-'));
  try {
    const { footage, captions } = segment.scene;
    const outgoing = segment.outgoing?.footage ?? null;
    const clip = await pictureOf(engine, footage, call);
    const before = outgoing && (await pictureOf(engine, outgoing, call));
    const strips = captions && (await writeStrips(captions, segment, dir));
    const inputs: readonly MediaInput[] = [
      clipInput(footage),
      ...(outgoing ? [clipInput(outgoing)] : []),
      ...(strips ? [{ kind: 'pictures', file: strips.list } as const] : []),
    ];
    const graph = segmentGraph(segment, clip, before, strips);
    const { frames, encoding } = segment;
    const outputs = [{ file, video: { from: 'out', frames, encoding } }];
    return await engine.transcode({ inputs, graph, outputs }, call);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function clipInput({ file, offsetSeconds }: Footage): MediaInput {
  return { kind: 'media', file, ...(offsetSeconds ? { seekSeconds: offsetSeconds } : {}) };
}

async function pictureOf(
  engine: MediaEngine,
  footage: Footage,
  call: MediaCall,
): Promise<VideoInfo> {
  const video = footage.video ?? (await engine.probe(footage.file, call)).video;
  if (video === null) throw new BadPlan('A scene was given a clip without pictures.');
  return video;
}
