import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeClient } from '../../client/client.ts';
import { clipt } from './command.ts';
import { type Served, serve } from './served.ts';

const CLI = join(import.meta.dirname, '..', '..', 'server', 'cli', 'main.ts');

/** One machine serves; another has its address and a key, and nothing else. */
let dir: string;
let served: Served;
let remote: { readonly CLIPT_URL: string; readonly CLIPT_API_KEY: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-remote-'));
  served = await serve(join(dir, 'served'));
  remote = { CLIPT_URL: served.url, CLIPT_API_KEY: served.apiKey };
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const cheap = ['--format', '1:1', '--preset', 'draft', '--music', 'none'];
const reportSchema = z.object({
  video_id: z.string(),
  status: z.string(),
  check: z.looseObject({ ok: z.literal(true) }),
  files: z.object({
    mp4: z.string(),
    srt: z.string(),
    json: z.string(),
    script: z.string().nullable(),
    snapshots: z.array(z.string()),
  }),
});
const besideSchema = z.looseObject({
  video_id: z.string(),
  check: z.looseObject({ ok: z.literal(true) }),
  scenes: z.array(z.looseObject({ words: z.array(z.unknown()).min(1) })),
});
/** As a person on another machine: nothing is opened here, neither a database nor a data folder. */
async function elsewhere(...args: readonly string[]) {
  const home = join(dir, 'elsewhere');
  const ended = await clipt(home, [...args, '--json'], remote);
  await expect(stat(join(home, 'postgres'))).rejects.toThrow();
  expect(ended).toMatchObject({ status: 0 });
  return reportSchema.parse(JSON.parse(ended.stdout));
}

test('with an address and a key, make runs there and saves the film here, twice the same; render finds its script', async () => {
  const script = join(dir, 'heron.txt');
  const film = join(dir, 'birds.mp4');
  await writeFile(script, 'The heron waits.\n\nThe fish does not.');
  const args = ['make', '--script', script, '-o', film, ...cheap];
  const report = await elsewhere(...args);
  expect(report.status).toBe('succeeded');
  for (const file of [report.files.mp4, report.files.srt, ...report.files.snapshots]) {
    expect((await stat(file)).size).toBeGreaterThan(10);
  }
  const beside = besideSchema.parse(JSON.parse(await readFile(report.files.json, 'utf8')));
  expect(beside).toMatchObject({ video_id: report.video_id, check: report.check });
  expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect((await elsewhere(...args)).video_id).toBe(report.video_id);

  await writeFile(script, 'The heron waits.\n\nThe fish does not wait.');
  const again = await elsewhere('render', script, '-o', film);
  expect(again.video_id).toBe(report.video_id);
  expect(await readFile(again.files.srt, 'utf8')).toMatch(/\bwait\b/);
}, 480_000);

describe('render runs there', () => {
  const scenesOf = async (id: string) => {
    const client = makeClient({ baseUrl: served.url, apiKey: served.apiKey });
    return (await client.getVideo(id, AbortSignal.timeout(30_000))).scenes;
  };

  test('for the script that make wrote beside a film, and only what changed is made anew', async () => {
    const film = join(dir, 'owls.mp4');
    const made = await elsewhere('make', 'Owls', '--seconds', '5', '-o', film, ...cheap);
    const written = z.string().parse(made.files.script);
    const former = await scenesOf(made.video_id);
    const lines = (await readFile(written, 'utf8')).trimEnd().split('\n');
    const last = z.string().parse(lines.at(-1)).replace(/\S+$/, 'marvellously.');
    await writeFile(written, lines.with(-1, last).join('\n'));

    const again = await elsewhere('render', written);
    expect(again).toMatchObject({ video_id: made.video_id, files: { mp4: film } });
    expect(await readFile(again.files.srt, 'utf8')).toContain('marvellously');
    const scenes = await scenesOf(made.video_id);
    expect(scenes.map(({ id, take_id, visual }) => ({ id, take_id, visual }))).toEqual(
      former.map(({ id, take_id, visual }) => ({ id, take_id, visual })),
    );
  }, 480_000);

  test('and says so when there is no such video there', async () => {
    const script = join(dir, 'unknown.txt');
    await writeFile(script, 'Nobody made this.');
    const ended = await clipt(dir, ['render', script, '--json'], remote);
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toContain('There is no such video.');
  });
});

test('a key that does not work ends with status 3, an address where nobody is with 1', async () => {
  const args = ['make', 'Herons', '-o', join(dir, 'none.mp4'), '--json', ...cheap];
  const wrong = { ...remote, CLIPT_API_KEY: `${remote.CLIPT_API_KEY}x` };
  expect(await clipt(dir, args, wrong)).toMatchObject({ status: 3, stdout: '' });
  const nobody = { ...remote, CLIPT_URL: 'http://127.0.0.1:9' };
  const ended = await clipt(dir, args, nobody);
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain('CLIPT_URL');
});

test('an agent makes a video, watches it, and gets its files over MCP', async () => {
  const agent = new Client({ name: 'agent', version: '1' });
  const env = { ...remote, PATH: process.env['PATH'] ?? '' };
  await agent.connect(
    new StdioClientTransport({ command: process.execPath, args: [CLI, 'mcp'], env }),
  );
  const call = async (name: string, given: Record<string, unknown>) => {
    const result = await agent.callTool({ name, arguments: given });
    return z
      .looseObject({
        isError: z.boolean().optional(),
        structuredContent: z.looseObject({}).optional(),
      })
      .parse(result);
  };
  try {
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual([
      ...['cancel_video', 'get_files', 'get_video', 'list_videos', 'make_video', 'write_script'],
    ]);
    const make = async (given: Record<string, unknown>) => {
      const made = await call('make_video', { format: '1:1', ...given });
      return z.string().parse(made.structuredContent?.['id']);
    };
    const wish = { scenes: [{ narration: 'The heron waits.' }] };
    const id = await make(wish);
    // An agent that has lost the answer asks again, and gets the same video; another name makes another.
    expect(await make(wish)).toBe(id);
    const other = await make({ ...wish, client_key: 'second' });
    expect(other).not.toBe(id);
    expect(await make({ client_key: 'second', scenes: [{ narration: 'It flies.' }] })).toBe(other);
    await call('cancel_video', { id: other });
    await expect
      .poll(async () => (await call('get_video', { id, wait: 25 })).structuredContent?.['status'], {
        timeout: 200_000,
      })
      .toBe('succeeded');
    const folder = join(dir, 'agent');
    const files = await call('get_files', { id, folder });
    expect(z.array(z.string()).parse(files.structuredContent?.['saved'])).toContain(
      join(folder, 'film.mp4'),
    );
    const refused = await call('get_video', { id: `vid_${'0'.repeat(32)}` });
    expect(refused.isError).toBe(true);
  } finally {
    await agent.close();
  }
});
