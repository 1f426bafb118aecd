import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeMediaEngine } from '../server/media/engine.ts';
import type { MediaEngine, TranscodeTask } from '../server/media/media.ts';
import { median } from './figures.ts';

/**
 * CPU and memory of one segment (a 5 s clip, 720x1280 at 24 fps, to 1080x1920 at 30) on the engine npm
 * brings against a system ffmpeg, in pairs one after the other. Prints one JSON object. Budget: 1.17.
 *
 *     node bench/engine.ts [pairs] [path of ffmpeg]
 */
const PAIRS = Number(process.argv[2] ?? 3);
const FFMPEG = process.argv[3] ?? '/usr/bin/ffmpeg';
const FRAMES = 150;

const call = () => ({ signal: new AbortController().signal });
const encoding = { codec: 'h264', preset: 'veryfast', crf: 23, fps: 30, gopFrames: 60 } as const;

/** Seeded moving detail with grain, so that it costs an encoder what filmed footage does. */
function clipTask(file: string): TranscodeTask {
  const picture =
    'mandelbrot=size=720x1280:rate=24:start_scale=2:end_scale=0.4:end_pts=160,noise=alls=9:allf=t:all_seed=7';
  return {
    inputs: [],
    graph: `${picture},format=yuv420p[v]`,
    outputs: [
      { file, video: { from: 'v', frames: 120, encoding: { ...encoding, crf: 18, fps: 24 } } },
    ],
  };
}

function segmentTask(clip: string, file: string): TranscodeTask {
  const cover = 'scale=1080:1920:force_original_aspect_ratio=increase:flags=bicubic';
  return {
    inputs: [{ kind: 'media', file: clip }],
    graph: `[0:v]${cover},crop=1080:1920,setsar=1,fps=30,format=yuv420p,tpad=stop=-1:stop_mode=clone[v]`,
    outputs: [{ file, video: { from: 'v', frames: FRAMES, encoding } }],
  };
}

async function measure(engine: MediaEngine, clip: string, file: string) {
  const { cpuMs, peakMemoryBytes } = await engine.transcode(segmentTask(clip, file), call());
  return {
    cpu_ms: Math.round(cpuMs),
    peak_mib: Math.round(peakMemoryBytes / 1024 / 1024),
    size_bytes: (await stat(file)).size,
  };
}

const workDir = await mkdtemp(join(tmpdir(), 'clipt-bench-'));
try {
  const own = await makeMediaEngine({ ffmpegPath: null, workDir });
  const system = await access(FFMPEG).then(
    () => makeMediaEngine({ ffmpegPath: FFMPEG, workDir }),
    () => null,
  );
  const clip = join(workDir, 'clip.mp4');
  await own.transcode(clipTask(clip), call());
  const pairs = [];
  for (let pair = 0; pair < PAIRS; pair += 1)
    pairs.push({
      own: await measure(own, clip, join(workDir, 'own.mp4')),
      system: system && (await measure(system, clip, join(workDir, 'system.mp4'))),
    });
  const ratios = pairs.flatMap((pair) =>
    pair.system ? [pair.own.cpu_ms / pair.system.cpu_ms] : [],
  );
  const report = {
    bench: 'engine',
    own: own.version,
    system: system?.version ?? null,
    frames: FRAMES,
    pairs,
    cpu_ratio: ratios.length > 0 ? Number(median(ratios).toFixed(3)) : null,
    cpu_ratio_budget: 1.17,
    peak_mib: Math.max(...pairs.map((pair) => pair.own.peak_mib)),
    peak_mib_budget: 450,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(workDir, { recursive: true, force: true });
}
