import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFfmpegEngine } from '../media/ffmpeg/engine.ts';
import type { MediaEngine } from '../media/media.ts';
import { makeNodeAvEngine } from '../media/node-av/engine.ts';
import { makeSoundtrack } from './make-soundtrack.ts';

const CALL = { signal: new AbortController().signal };
const FFMPEG = '/usr/bin/ffmpeg';
const ffmpegIsThere = await access(FFMPEG).then(
  () => true,
  () => false,
);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-soundtrack-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Every shape of film by one engine, some of them by the other too: what they do with a shape is the same graph. */
const ENGINES = [
  ['npm', () => makeNodeAvEngine({ workDir: dir }), !ffmpegIsThere],
  ...(ffmpegIsThere
    ? [['system', () => makeFfmpegEngine({ path: FFMPEG, workDir: dir }), true] as const]
    : []),
] as const;

const VOICE = 'sin(2*PI*180*t)*(0.2+0.15*sin(2*PI*3*t))';
const WORD = 'exp(-6*t)*sin(2*PI*180*t)+0.5*exp(-20*t)*sin(2*PI*1400*t)';
const MUSIC = '0.2*sin(2*PI*330*t)*exp(-3*mod(t,0.5))';

type Film = {
  readonly seconds: number;
  readonly said?: readonly [expression: string, seconds: number];
  readonly at?: readonly number[];
  readonly music?: true;
};

const LOUD: readonly (readonly [name: string, film: Film])[] = [
  [
    'two voices over looped music',
    { seconds: 4.5, said: [VOICE, 1.3], at: [0.2, 1.7], music: true },
  ],
  ['a voice cut off by the end', { seconds: 1.2, said: [VOICE, 1.3], at: [0.2] }],
  ['music alone', { seconds: 3, music: true }],
  ['one word in a second', { seconds: 1, said: [WORD, 0.2], at: [0.2] }],
  ['a word a scene', { seconds: 3, said: [WORD, 0.45], at: [0.2, 1.3] }],
  ['a word a scene over music', { seconds: 3, said: [WORD, 0.45], at: [0.2, 1.3], music: true }],
  ['three words in a minute', { seconds: 60, said: [WORD, 0.45], at: [0.2, 30, 59] }],
  ['a whisper just over the gate', { seconds: 3, said: [`0.005*(${VOICE})`, 1.3], at: [0.2, 1.6] }],
  ['a voice that clips', { seconds: 2, said: [`20*(${VOICE})`, 1.3], at: [0.2] }],
  [
    'syllables with nothing between',
    { seconds: 3, said: ['0.9*exp(-120*mod(t,0.2))*sin(2*PI*300*t)', 1.4], at: [0.2] },
  ],
  ['claps', { seconds: 3, said: ['0.9*exp(-200*t)*sin(2*PI*900*t)', 0.3], at: [0.2, 1.3] }],
];

describe.each(ENGINES)('a soundtrack by the %s engine', (engineName, makeEngine, makesAll) => {
  const films = LOUD.filter(([, film]) => makesAll || film.music);
  let engine: MediaEngine;
  beforeAll(async () => {
    engine = await makeEngine();
  });

  /** A mono WAV of a sounding expression of `t`. */
  async function sound(name: string, expression: string, seconds: number): Promise<string> {
    const file = join(dir, `${engineName}-${name}.wav`);
    const graph = `aevalsrc=${expression.replaceAll(',', '\\,')}:s=48000:d=${seconds}[a]`;
    const audio = { from: 'a', encoding: { codec: 'pcm' } } as const;
    await engine.transcode({ inputs: [], graph, outputs: [{ file, audio }] }, CALL);
    return file;
  }

  async function make(name: string, { seconds, said, at = [], music }: Film) {
    const voice = said ? await sound(`${name} voice`, ...said) : null;
    const voices = at.flatMap((start) =>
      voice ? [{ file: voice, startSample: start * 48_000 }] : [],
    );
    const samples = Math.round(seconds * 48_000);
    const file = join(dir, `${engineName}-${name}.m4a`);
    const plan = {
      samples,
      voices,
      music: music ? { file: await sound(`${name} music`, MUSIC, 2) } : null,
    };
    const result = await makeSoundtrack(engine, plan, file, CALL);
    const { audio } = await engine.probe(file, CALL);
    expect(Math.abs((audio?.seconds ?? 0) - seconds)).toBeLessThan(1024 / 48_000);
    return { ...result, file };
  }

  test.each(films)(
    'of %s: -14 LUFS, true peak at most -1 dBTP, exact length',
    async (name, film) => {
      const { loudness, goal, file } = await make(name, film);
      expect(goal).toBe('target');
      expect(Math.abs((loudness.integratedLufs ?? 0) + 14)).toBeLessThanOrEqual(0.5);
      expect(loudness.truePeakDbtp).toBeLessThanOrEqual(-1);
      if (!ffmpegIsThere) return;
      const { integratedLufs, truePeakDbtp } = await measuredByFfmpeg(file);
      expect(Math.abs(integratedLufs + 14)).toBeLessThanOrEqual(0.5);
      expect(truePeakDbtp).toBeLessThanOrEqual(-1);
    },
  );

  if (!makesAll) return;

  test('of a click that nothing can make louder is told to be quieter, with its peaks held', async () => {
    const said = ['if(lt(t,0.0004),0.9,0)', 0.3] as const;
    const { loudness, goal } = await make('click', { seconds: 2, said, at: [0.2] });
    expect(goal).toBe('quieter');
    expect(loudness.integratedLufs).toBeLessThan(-14.5);
    expect(loudness.truePeakDbtp).toBeLessThanOrEqual(-1);
  });

  test.each<[string, Film]>([
    ['nothing', { seconds: 2 }],
    ['a silent voice', { seconds: 2, said: ['0', 1], at: [0.2] }],
    ['less than the 400 ms that are measured', { seconds: 0.2, said: ['0', 0.2], at: [0] }],
  ])('of %s stays as it is and is told to have no loudness', async (name, film) => {
    const { loudness, goal } = await make(name, film);
    expect(goal).toBe('undefined');
    expect(loudness.integratedLufs).toBeNull();
  });
});

/** What ffmpeg's own summary says of a file. */
async function measuredByFfmpeg(file: string) {
  const args = [
    '-hide_banner',
    '-nostats',
    '-i',
    file,
    '-af',
    'ebur128=peak=true',
    '-f',
    'null',
    '-',
  ];
  const { stderr } = await promisify(execFile)(FFMPEG, args);
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const read = (key: string) =>
    Number(new RegExp(`${key}:\\s+(-?[\\d.]+)`).exec(summary)?.[1] ?? Number.NaN);
  return { integratedLufs: read('I'), truePeakDbtp: read('Peak') };
}
