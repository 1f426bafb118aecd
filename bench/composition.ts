import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { captionsVersion, planCaptions } from '../server/compose/captions/captions.ts';
import {
  type Compositor,
  composerVersion,
  lookOf,
  makeCompositor,
  planSegments,
  planTimeline,
  type SegmentScene,
  type Timeline,
  wordsInScene,
} from '../server/compose/compose.ts';
import { makeFfmpegEngine } from '../server/media/ffmpeg/engine.ts';
import { FILM_FPS, FRAME_SIZE } from '../server/media/formats.ts';
import type { MediaEngine } from '../server/media/media.ts';
import { makeNodeAvEngine } from '../server/media/node-av/engine.ts';
import { MATERIAL_VERSION, type Material, makeMaterial } from './material.ts';

/**
 * Measures composition against its budgets and prints one JSON object. CPU seconds are user and system
 * time of this process and every child it waited for, so drawing and measuring count too. The limit is
 * the same clips decoded, scaled and encoded at the same preset with nothing else, in the same run.
 *
 * `node bench/composition.ts [--engine node-av|ffmpeg] [--ffmpeg /usr/bin/ffmpeg]`
 */

const CALL = { signal: new AbortController().signal, timeoutMs: 900_000 };
const FORMAT = '9:16';
const SIZE = FRAME_SIZE[FORMAT];
const VOICE_SECONDS = 4.4;

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'node-av' },
    ffmpeg: { type: 'string', default: '/usr/bin/ffmpeg' },
  },
});

/** Runs work and says what it cost, in CPU seconds. */
async function costOf<T>(work: () => Promise<T>): Promise<{ result: T; cpuSeconds: number }> {
  const before = await cpuSeconds();
  const result = await work();
  return { result, cpuSeconds: (await cpuSeconds()) - before };
}

/** Own and waited-for children's CPU time; `utime stime cutime cstime` of proc(5), in 1/100 s. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

async function main(): Promise<void> {
  const workDir = await mkdtemp(join(tmpdir(), 'clipt-bench-'));
  try {
    const system = existsSync(options.ffmpeg)
      ? await makeFfmpegEngine({ path: options.ffmpeg, workDir })
      : null;
    const nodeAv = makeNodeAvEngine({ workDir });
    const engine = options.engine === 'ffmpeg' ? system : nodeAv;
    if (engine === null) throw new Error(`there is no ffmpeg at ${options.ffmpeg}`);
    const report = await measure(engine, system ?? nodeAv, workDir);
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function measure(engine: MediaEngine, limitEngine: MediaEngine, workDir: string) {
  const materialDir = join(tmpdir(), `clipt-bench-material-${MATERIAL_VERSION}`);
  const material = await makeMaterial(limitEngine, materialDir, CALL);
  const timeline = planTimeline(material.voices.map(() => VOICE_SECONDS));
  const compositor = makeCompositor({ engine, workDir });

  const limit = await costOf(() => encodeAlone(limitEngine, material, timeline, workDir));
  const cold = await composeFilm(compositor, material, timeline, workDir);
  const edited = await costOf(async () => {
    const scene = await sceneOf(material, timeline, 2, 'So each arm decides alone');
    const file = join(workDir, 'segment-2.mp4');
    const cost = await encode(compositor, scene, file);
    await finish(compositor, timeline, workDir);
    return cost;
  });
  const again = await costOf(() => finish(compositor, timeline, workDir));
  const checked = await costOf(() => check(compositor, material, timeline, workDir));
  const pictured = await costOf(() =>
    compositor.takePictures(
      join(workDir, 'film.mp4'),
      { scenes: timeline.scenes, size: SIZE, title: 'Why octopuses have three hearts' },
      join(workDir, 'film'),
      CALL,
    ),
  );
  const segment = cold.segmentSeconds.reduce((sum, s) => sum + s, 0) / cold.segmentSeconds.length;
  const value = (name: string) =>
    checked.result.measures.find((measured) => measured.name === name)?.value ?? null;
  return {
    engine: engine.version,
    limitEngine: limitEngine.version,
    versions: [composerVersion, captionsVersion],
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    frames: timeline.frames,
    cpuSeconds: {
      limit: rounded(limit.cpuSeconds),
      cold: rounded(cold.cpuSeconds),
      segments: cold.segmentSeconds.map(rounded),
      soundtrack: rounded(cold.soundtrackSeconds),
      finish: rounded(cold.finishSeconds),
      oneCaptionEdit: rounded(edited.cpuSeconds),
      nothingChanged: rounded(again.cpuSeconds),
      check: rounded(checked.cpuSeconds),
      pictures: rounded(pictured.cpuSeconds),
    },
    measures: [
      atMost(
        'cold / limit',
        cold.cpuSeconds / limit.cpuSeconds,
        engine.name === 'ffmpeg' ? 1.1 : 1.25,
      ),
      atMost('after the last clip / cold', (segment + cold.finishSeconds) / cold.cpuSeconds, 0.22),
      atMost('one caption edit / cold', edited.cpuSeconds / cold.cpuSeconds, 0.2),
      atMost('nothing changed, CPU s', again.cpuSeconds, 0.6),
      atMost('peak memory of a segment, MiB', cold.peakMemoryBytes / 2 ** 20, 450),
      atMost('length error, frames', Math.abs(Number(value('frames')) - timeline.frames), 0),
      atMost(
        'sound length difference, s',
        Math.abs(Number(value('sound_length_difference_seconds'))),
        0.0213,
      ),
      atMost('loudness off −14 LUFS, LU', Math.abs(Number(value('loudness_lufs')) + 14), 0.5),
      atMost('true peak, dBTP', Number(value('true_peak_dbtp')), -1),
    ],
    check: checked.result,
  };
}

function atMost(name: string, value: number, hold: number) {
  return { name, value: rounded(value), hold, ok: value <= hold };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** The limit: all clips decoded, scaled and encoded in one pass, no captions, no sound. */
async function encodeAlone(
  engine: MediaEngine,
  { clips }: Material,
  timeline: Timeline,
  workDir: string,
): Promise<void> {
  const fit = `scale=${SIZE.width}:${SIZE.height}:force_original_aspect_ratio=increase:flags=bicubic`;
  const chains = clips.map((_, i) => {
    const frames = timeline.scenes[i]?.frames ?? 0;
    const length = `fps=${FILM_FPS},tpad=stop=-1:stop_mode=clone,trim=end_frame=${frames}`;
    return `[${i}:v]${fit},crop=${SIZE.width}:${SIZE.height},setsar=1,${length},format=yuv420p[c${i}]`;
  });
  const all = clips.map((_, i) => `[c${i}]`).join('');
  const encoding = {
    codec: 'h264',
    preset: 'veryfast',
    crf: 23,
    fps: FILM_FPS,
    gopFrames: 60,
  } as const;
  const file = join(workDir, 'limit.mp4');
  await engine.transcode(
    {
      inputs: clips.map((clip) => ({ kind: 'media', file: clip })),
      graph: [...chains, `${all}concat=n=${clips.length}:v=1:a=0[v]`].join(';'),
      outputs: [{ file, video: { from: 'v', frames: timeline.frames, encoding } }],
    },
    CALL,
  );
}

async function sceneOf(
  { clips, voices, texts }: Material,
  timeline: Timeline,
  index: number,
  edit?: string,
): Promise<SegmentScene> {
  const frames = timeline.scenes[index]?.frames ?? 0;
  const words = wordsInScene(voices[index]?.words ?? []);
  const text = texts[index] ?? '';
  const shown = edit === undefined ? { text, words } : { text: edit, words: words.slice(0, 5) };
  const captions = await planCaptions({
    ...shown,
    words: shown.words.map((word, i) => ({ ...word, text: shown.text.split(' ')[i] ?? '' })),
    frames,
    fps: FILM_FPS,
    format: FORMAT,
    style: 'pop',
    language: 'en',
  });
  return { footage: { file: clips[index] ?? '' }, frames, captions };
}

async function encode(compositor: Compositor, scene: SegmentScene, file: string) {
  const [segment] = planSegments(scene, null, lookOf(FORMAT, 'default', 'cut'));
  if (!segment) throw new Error('a scene has no segment');
  return compositor.encodeSegment(segment, file, CALL);
}

async function composeFilm(
  compositor: Compositor,
  material: Material,
  timeline: Timeline,
  workDir: string,
) {
  await mkdir(workDir, { recursive: true });
  const segmentSeconds: number[] = [];
  let peakMemoryBytes = 0;
  const whole = await costOf(async () => {
    for (const index of material.clips.keys()) {
      const { result, cpuSeconds } = await costOf(async () => {
        const scene = await sceneOf(material, timeline, index);
        return encode(compositor, scene, join(workDir, `segment-${index}.mp4`));
      });
      segmentSeconds.push(cpuSeconds);
      peakMemoryBytes = Math.max(peakMemoryBytes, result.peakMemoryBytes);
    }
    const sound = await costOf(() => soundtrack(compositor, material, timeline, workDir));
    const joined = await costOf(() => finish(compositor, timeline, workDir));
    return { soundtrackSeconds: sound.cpuSeconds, finishSeconds: joined.cpuSeconds };
  });
  return { cpuSeconds: whole.cpuSeconds, segmentSeconds, peakMemoryBytes, ...whole.result };
}

function soundtrack(
  compositor: Compositor,
  { voices, music }: Material,
  timeline: Timeline,
  workDir: string,
) {
  const placed = voices.map(({ file }, i) => ({
    file,
    startSample: timeline.scenes[i]?.voiceStartSample ?? 0,
  }));
  const plan = { samples: timeline.samples, voices: placed, music: { file: music } };
  return compositor.makeSoundtrack(plan, join(workDir, 'soundtrack.m4a'), CALL);
}

function finish(compositor: Compositor, timeline: Timeline, workDir: string) {
  const segments = timeline.scenes.map((_, i) => join(workDir, `segment-${i}.mp4`));
  const plan = {
    segments,
    soundtrack: join(workDir, 'soundtrack.m4a'),
    frames: timeline.frames,
    title: 'Why octopuses have three hearts',
  };
  return compositor.finish(plan, join(workDir, 'film.mp4'), CALL);
}

async function check(
  compositor: Compositor,
  material: Material,
  timeline: Timeline,
  workDir: string,
) {
  const scenes = await Promise.all(
    timeline.scenes.map(async ({ startFrame }, i) => {
      const { captions } = await sceneOf(material, timeline, i);
      return { startFrame, words: wordsInScene(material.voices[i]?.words ?? []), captions };
    }),
  );
  const expected = {
    frames: timeline.frames,
    size: SIZE,
    sound: 'target',
    footage: 'filmed',
    scenes,
  } as const;
  return compositor.check(join(workDir, 'film.mp4'), expected, CALL);
}

await main();
