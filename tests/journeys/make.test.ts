import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMediaEngine } from '../../server/media/engine.ts';
import { silentLog } from '../../server/platform/log.ts';
import { openDatabase } from '../../server/platform/postgres/database.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { clipt, hasSaid, performed, processesOf, readReport, startClipt } from './command.ts';

/** Real films from the command line: small and quick to encode, otherwise as a newcomer makes them. */
const FIRST = 'The fox runs.';
const SECOND = 'The owl looks on.';
const SECOND_CHANGED = 'The owl looks up.';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt journey '));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function writeScript(name: string, ...paragraphs: readonly string[]): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, paragraphs.join('\n\n'));
  return file;
}

const cheap = ['--format', '1:1', '--preset', 'draft', '--json'];

describe('making a film', () => {
  const data = () => join(dir, 'data');
  const film = () => join(dir, 'fox.mp4');
  const make = (script: string) =>
    clipt(data(), ['make', '--script', script, '-o', film(), ...cheap]);

  test('leaves a whole film with everything beside it, and the same command makes nothing anew', async () => {
    const script = await writeScript('fox.txt', FIRST, SECOND);
    const first = await make(script);
    const report = readReport(first);
    expect(first.status).toBe(0);
    expect(report.check?.ok).toBe(true);
    expect(report.steps).toHaveLength(2 + 2 * 4 + 4);
    const beside = (await readdir(dir)).filter((name) => name.startsWith('fox')).sort();
    expect(beside).toEqual([
      'fox-1.jpg',
      'fox-2.jpg',
      'fox-3.jpg',
      'fox-contact.jpg',
      'fox.jpg',
      'fox.json',
      'fox.mp4',
      'fox.srt',
      'fox.txt',
      'fox.vtt',
    ]);

    const engine = await makeMediaEngine({ ffmpegPath: null, workDir: dir });
    const info = await engine.probe(film(), { signal: AbortSignal.timeout(30_000) });
    expect(info).toMatchObject({
      container: 'mp4',
      faststart: true,
      video: { codec: 'h264', width: 1080, height: 1080, pixelFormat: 'yuv420p' },
      audio: { codec: 'aac', sampleRateHz: 48_000 },
    });

    // The user's own script lies where a copy would go; it is theirs.
    expect(await readFile(script, 'utf8')).toBe(`${FIRST}\n\n${SECOND}`);

    const again = readReport(await make(script));
    expect(performed(again)).toEqual([]);
    expect(again.video_id).toBe(report.video_id);
  });

  test('one changed sentence redoes one narration, one segment, the soundtrack and the finish', async () => {
    const script = await writeScript('fox.txt', FIRST, SECOND_CHANGED);
    const report = readReport(await make(script));
    expect(performed(report)).toEqual([
      'check',
      'finish',
      'moderate',
      'script',
      'segment',
      'soundtrack',
      'store',
      'voice',
      'words',
    ]);
    const clips = report.steps.filter((step) => step.kind === 'clip');
    expect(clips.every((step) => step.cached)).toBe(true);
  });

  test('the script that is written beside a film can be edited and rendered again', async () => {
    const args = ['--format', '1:1', '--preset', 'draft', '--seconds', '5', '--json'];
    const made = await clipt(data(), ['make', 'Owls', '-o', join(dir, 'owls.mp4'), ...args]);
    expect(readReport(made).status).toBe('succeeded');
    const written = join(dir, 'owls.txt');
    const lines = (await readFile(written, 'utf8')).trimEnd().split('\n');
    await writeFile(written, lines.with(-1, 'That is all about owls.').join('\n'));
    const report = readReport(await clipt(data(), ['render', written, '--json']));
    expect(report.status).toBe('succeeded');
    expect(performed(report).filter((kind) => kind === 'voice')).toHaveLength(1);
    expect(performed(report)).not.toContain('clip');
  });
});

describe('interruptions', () => {
  test('Ctrl-C stops within two seconds, leaves no process, and the next run resumes', async () => {
    const data = join(dir, 'stopped');
    const script = await writeScript('stopped.txt', FIRST, SECOND);
    const args = ['make', '--script', script, '-o', join(dir, 'stopped.mp4'), ...cheap];
    const running = startClipt(data, args);
    // Some work is done and some is under way.
    await hasSaid(running, 'speak');
    const stoppedMs = performance.now();
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(performance.now() - stoppedMs).toBeLessThan(2_500);
    expect(ended.status).toBe(130);
    expect(await readdir(dir)).not.toContain('stopped.mp4');
    await expect.poll(() => processesOf(data), { timeout: 3_000 }).toEqual([]);

    const resumed = readReport(await clipt(data, args));
    expect(resumed.status).toBe('succeeded');
  });

  test('killed at any moment, the same command completes and nothing that succeeded runs twice', async () => {
    const data = join(dir, 'killed');
    const script = await writeScript('killed.txt', FIRST, SECOND);
    const args = ['make', '--script', script, '-o', join(dir, 'killed.mp4'), ...cheap];
    const env = { CLIPT_LOG: 'info' };
    const logs: string[] = [];
    for (const afterMs of [400, 900, 1_700, 2_600, 3_900]) {
      const running = startClipt(data, args, env);
      // The moment itself is what is tried here; there is no condition to await.
      await Promise.race([running.ended, delay(afterMs)]);
      running.child.kill('SIGKILL');
      logs.push((await running.ended).stderr);
      const names = (await readdir(dir)).filter((name) => name === 'killed.mp4');
      if (names.length > 0) break;
    }
    const last = await clipt(data, args, env);
    logs.push(last.stderr);
    const report = readReport(last);
    expect(report.status).toBe('succeeded');
    expect(report.check?.ok).toBe(true);
    const succeeded = [
      ...logs.join('').matchAll(/"step_id":"(stp_\w+)".*"msg":"step\.succeeded"/g),
    ].map(([, step]) => step);
    expect(succeeded.length).toBeGreaterThan(0);
    expect(new Set(succeeded).size).toBe(succeeded.length);
    await expect.poll(() => processesOf(data), { timeout: 5_000 }).toEqual([]);
  });
});

describe('several commands on one data folder', () => {
  test('both complete, and the database stops with the last of them', async () => {
    const data = join(dir, 'shared');
    const made = await Promise.all(
      ['left', 'right'].map(async (name) => {
        const script = await writeScript(`${name}.txt`, `The ${name} one runs.`);
        const film = join(dir, `${name}.mp4`);
        return readReport(await clipt(data, ['make', '--script', script, '-o', film, ...cheap]));
      }),
    );
    expect(made.map((report) => report.status)).toEqual(['succeeded', 'succeeded']);
    await expect.poll(() => processesOf(data), { timeout: 5_000 }).toEqual([]);
  });

  test('one can cancel what another is making', async () => {
    const data = join(dir, 'shared');
    const script = await writeScript('unwanted.txt', 'Nobody wants this one.');
    const film = join(dir, 'unwanted.mp4');
    const running = startClipt(data, ['make', '--script', script, '-o', film, ...cheap]);
    await hasSaid(running, 'speak');
    const id = await newestVideo(data);
    const canceled = await clipt(data, ['cancel', id, '--json']);
    expect(JSON.parse(canceled.stdout)).toMatchObject({ cannot_stop: 0 });
    const ended = await running.ended;
    expect(ended.status).toBe(1);
    expect(readReport(ended)).toMatchObject({ status: 'canceled', files: null });
    expect(await readdir(dir)).not.toContain('unwanted.mp4');
  });
});

/** The id that a program would have from an earlier `--json`; asked of the database while it runs. */
async function newestVideo(data: string): Promise<string> {
  const database = await openDatabase({ dataDir: data, log: silentLog });
  try {
    const newest = sql<{ id: string }>`select id from videos order by created_at desc limit 1`;
    const { rows } = await database.db.execute<{ id: string }>(newest);
    return rows[0]?.id ?? '';
  } finally {
    await database.close();
  }
}

describe('input that cannot be used', () => {
  const refused = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const filesOf = async () => (await readdir(dir)).filter((name) => name !== 'data').sort();
    const before = await filesOf();
    const { status, stdout, stderr } = await clipt(join(dir, 'data'), args, env);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^clipt: .{20,300}$/);
    expect(await filesOf()).toEqual(before);
    return { status, stderr };
  };
  const out = () => ['-o', join(dir, 'refused.mp4')];

  test('says in one sentence what to do, writes nothing, and exits with 1 or 2', async () => {
    expect((await refused(['make', '', ...out()])).status).toBe(2);
    expect((await refused(['make', ...out()])).status).toBe(2);
    expect((await refused(['make', 'Cats', '--seconds', '4', ...out()])).status).toBe(2);
    expect((await refused(['make', 'Cats', '-o', join(dir, 'no', 'such.mp4')])).status).toBe(1);
    expect((await refused(['make', 'Cats', '-o', join(dir, 'cats.avi')])).status).toBe(1);
    expect((await refused(['make', '--script', join(dir, 'none.txt'), ...out()])).status).toBe(1);
    const empty = await writeScript('empty.txt', '');
    expect((await refused(['make', '--script', empty, ...out()])).status).toBe(1);
    const nul = await writeScript('nul.txt', 'One\u0000two.');
    expect((await refused(['make', '--script', nul, ...out()])).status).toBe(1);
    const large = await writeScript('large.txt', 'word '.repeat(2_000_000));
    expect((await refused(['make', '--script', large, ...out()])).stderr).toMatch(/KiB/);
    const own = await writeScript('own.json', '{"scenes":[{"narration":"Mine."}]}');
    const over = ['make', '--script', own, '-o', join(dir, 'own.mp4')];
    expect((await refused(over)).stderr).toMatch(/would replace own\.json/);
    const noEngine = { CLIPT_FFMPEG: join(dir, 'no-ffmpeg') };
    expect((await refused(['make', 'Cats', ...out()], noEngine)).stderr).toMatch(/CLIPT_FFMPEG/);
    const badUrl = { DATABASE_URL: 'mysql://localhost/x' };
    expect((await refused(['make', 'Cats', ...out()], badUrl)).stderr).toMatch(/DATABASE_URL/);
  });

  test('a language that no local voice speaks names the ways out', async () => {
    const script = await writeScript('arabic.txt', 'مرحبا بالعالم.');
    const { stderr, status } = await clipt(join(dir, 'data'), [
      'make',
      '--script',
      script,
      ...out(),
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/ELEVENLABS_API_KEY/);
  });
});
