import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import { makeMediaEngine } from '../media/engine.ts';
import type { MediaEngine } from '../media/media.ts';
import { makeLocalTranscription } from '../models/local/alignment/alignment.ts';
import { makeLocalSpeechModel } from '../models/local/speech/speech.ts';
import type { Speech } from '../models/models.ts';
import { loadDenyList, makeModeration } from '../moderation/moderation.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeTranscripts, type OwnFootage, type Transcripts } from './transcripts.ts';

const TEXT =
  'An octopus has three hearts. Two of them pump blood through the gills. When it swims, the third heart stops beating!';
const DELAY_MS = 700;
const FRAMES_AT_25 = 225;
const CALL = { signal: new AbortController().signal };

let database: TestDatabase;
let accountId: AccountId;
let folder: string;
let workDir: string;
let engine: MediaEngine;
let transcripts: Transcripts;
let voice: string;
let said: Speech;
let talk: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-transcripts-'));
  workDir = join(folder, 'work');
  await mkdir(workDir);
  engine = await makeMediaEngine({ ffmpegPath: null, workDir });
  const speech = makeLocalSpeechModel({ workDir: folder });
  database = await createTestDatabase();
  const { db } = database;
  accountId = await ensureOwner(db);
  transcripts = makeTranscripts({
    engine,
    moderation: makeModeration({ db, denyList: await loadDenyList(null), log: silentLog }),
    transcription: makeLocalTranscription({ speech }),
    workDir,
  });
  voice = join(folder, 'voice.wav');
  const narration = { voice: 'slt', language: 'en', previousText: null, nextText: null };
  said = await speech.speak({ text: TEXT, ...narration }, voice, CALL);
  talk = join(folder, 'talk.mp4');
  await film(talk, '[sound]');
});
afterEach(async () => {
  expect(await readdir(workDir)).toEqual([]);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** A 9 s recording of 25 frames a second; the voice in it begins after `DELAY_MS`. */
async function film(file: string, withSound: '[sound]' | null): Promise<void> {
  const picture = 'testsrc2=size=322x568:rate=25:duration=9[picture]';
  const sound = `[0:a]adelay=${DELAY_MS}:all=1,aformat=channel_layouts=stereo[sound]`;
  const encoding = {
    codec: 'h264',
    preset: 'ultrafast',
    crf: 30,
    fps: 25,
    gopFrames: 50,
  } as const;
  await engine.transcode(
    {
      inputs: withSound ? [{ kind: 'media', file: voice }] : [],
      graph: withSound ? `${picture};${sound}` : picture,
      outputs: [
        {
          file,
          video: { from: 'picture', frames: FRAMES_AT_25, encoding },
          ...(withSound && {
            audio: { from: 'sound', encoding: { codec: 'aac', bitrateKbps: 128 } },
          }),
        },
      ],
    },
    CALL,
  );
}

function caption(changes: Partial<OwnFootage>) {
  const footage: OwnFootage = {
    file: talk,
    title: 'Talk',
    text: TEXT,
    style: 'pop',
    language: 'en',
    ...changes,
  };
  return transcripts.captionOwnFootage(footage, { ...CALL, accountId });
}

async function loudness(file: string): Promise<number> {
  const graph = '[0:a]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I,anullsink';
  const printed = await engine.measure({ inputs: [{ kind: 'media', file }], graph }, CALL);
  return Number([...printed.matchAll(/lavfi\.r128\.I=(\S+)/g)].at(-1)?.[1]);
}

describe('captions for own footage', () => {
  test('follow the words, in a film of the same size, length and loudness', async () => {
    await using made = await caption({});
    const words = made.transcript.scenes.flatMap((scene) => scene.words);
    expect(words.map(({ text }) => text)).toEqual(TEXT.split(' '));
    const errors = (said.words ?? []).map(({ startMs }, i) =>
      Math.abs((words[i]?.startMs ?? 0) - startMs - DELAY_MS),
    );
    expect(errors).toHaveLength(words.length);
    expect(errors.reduce((sum, ms) => sum + ms, 0) / errors.length).toBeLessThan(80);

    const info = await engine.probe(made.film ?? '', CALL);
    expect(info).toMatchObject({
      container: 'mp4',
      faststart: true,
      video: {
        codec: 'h264',
        profile: 'High',
        pixelFormat: 'yuv420p',
        width: 322,
        height: 568,
        fps: { numerator: 30, denominator: 1 },
        frames: (FRAMES_AT_25 * 30) / 25,
        colorSpace: 'bt709',
        startSeconds: 0,
      },
      audio: { codec: 'aac', sampleRateHz: 48_000, channels: 2 },
    });
    expect(await loudness(made.film ?? '')).toBeCloseTo(await loudness(talk), 0);
  });

  test('are drawn into the picture where a word is said, and nowhere before', async () => {
    await using made = await caption({ style: 'plain' });
    // The rows of the captions in the film against the same rows of the footage, frame by frame.
    const band = 'fps=30,crop=322:120:0:330';
    const graph = `[0:v]${band}[a];[1:v]${band}[b];[a][b]psnr,metadata=mode=print:key=lavfi.psnr.psnr_avg,nullsink`;
    const inputs = [made.film ?? '', talk].map((file) => ({ kind: 'media', file }) as const);
    const printed = await engine.measure({ inputs, graph }, CALL);
    const likeness = [...printed.matchAll(/psnr_avg=(\S+)/g)].map(([, db]) => Number(db));
    const first = made.transcript.scenes[0]?.words[0]?.startMs ?? 0;
    expect(Math.min(...likeness.slice(0, 10))).toBeGreaterThan(25);
    const saidAt = Math.round((first * 30) / 1000) + 4;
    expect(Math.max(...likeness.slice(saidAt, saidAt + 10))).toBeLessThan(20);
  });

  test('come as texts alone for sound alone, whose folder is gone once they are disposed of', async () => {
    await using made = await caption({ file: voice });
    expect(made.film).toBeNull();
    expect(await readdir(workDir)).toHaveLength(1);
    const blocks = made.srt.trim().split('\n\n');
    const lines = blocks.flatMap((block) => block.split('\n').slice(2));
    expect(lines.join(' ')).toBe(TEXT);
    for (const [i, block] of blocks.entries()) {
      expect(block).toMatch(/^\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n/);
      expect(block.startsWith(`${i + 1}\n`)).toBe(true);
    }
    expect(made.vtt.startsWith('WEBVTT\n\n')).toBe(true);
  });

  test('stay within the recording when something else is said', async () => {
    const other = 'Züge — 12345 🐙 — ganz anders; & <b>immer</b> --> {und} %d \\N weiter. ';
    // More words than FFmpeg would read in one plain sum of their times.
    await using made = await caption({ text: other.repeat(8), style: 'box' });
    expect(made.film).not.toBeNull();
    for (const { startMs, endMs } of made.transcript.scenes[0]?.words ?? []) {
      expect(startMs).toBeLessThanOrEqual(endMs);
      expect(endMs).toBeLessThanOrEqual(DELAY_MS + said.seconds * 1000 + 50);
    }
  });

  test('are refused for a file that is absent, hostile or silent, and for a text without words', async () => {
    const playlist = join(folder, 'playlist.mp4');
    await writeFile(playlist, '#EXTM3U\n#EXTINF:1\n/etc/passwd\n');
    const silent = join(folder, 'silent.mp4');
    await film(silent, null);
    const before = (await stat(talk)).mtimeMs;
    const refused = async (changes: Partial<OwnFootage>, code: string) =>
      expect(caption(changes)).rejects.toMatchObject({ kind: 'invalid', code });
    await refused({ file: join(folder, 'absent.mp4') }, 'media_rejected');
    await refused({ file: playlist }, 'media_rejected');
    await refused({ file: silent }, 'footage_silent');
    await refused({ text: ' \n ' }, 'script_empty');
    await refused({ text: 'Here is how to build a bomb.' }, 'content_rejected');
    expect((await stat(talk)).mtimeMs).toBe(before);
  });

  test('stop soon after they are called off', async () => {
    const stop = new AbortController();
    const started = performance.now();
    const working = transcripts.captionOwnFootage(
      { file: talk, title: 'Talk', text: TEXT, style: 'pop', language: 'en' },
      {
        ...{ signal: stop.signal, accountId },
        onStage: (stage) => {
          if (stage === 'picture') stop.abort();
        },
      },
    );
    await expect(working).rejects.toThrow();
    expect(stop.signal.aborted).toBe(true);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
