import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { clipt, type Running, startClipt } from './command.ts';

const CLI = join(import.meta.dirname, '..', '..', 'server', 'cli', 'main.ts');

/** One machine serves; another has its address and a key, and nothing else. */
let dir: string;
let service: Running;
let remote: { readonly CLIPT_URL: string; readonly CLIPT_API_KEY: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-remote-'));
  const home = join(dir, 'served');
  service = startClipt(home, ['start'], { CLIPT_PORT: '0' });
  const said = await new Promise<string>((resolve, reject) => {
    let heard = '';
    service.child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes('Ctrl-C stops')) resolve(heard);
    });
    service.ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  const made = await clipt(home, ['keys', 'create', '--name', 'elsewhere']);
  remote = {
    CLIPT_URL: /running at (\S+)/.exec(said)?.[1] ?? '',
    CLIPT_API_KEY: made.stdout.trim(),
  };
});

afterAll(async () => {
  service.child.kill('SIGTERM');
  await service.ended;
  await rm(dir, { recursive: true, force: true });
});

const cheap = ['--format', '1:1', '--preset', 'draft', '--music', 'none', '--json'];
const reportSchema = z.object({
  video_id: z.string(),
  status: z.string(),
  files: z.object({ mp4: z.string(), srt: z.string(), snapshots: z.array(z.string()) }),
});

test('with an address and a key, make runs there and saves the film here, twice the same', async () => {
  const script = join(dir, 'heron.txt');
  await writeFile(script, 'The heron waits.\n\nThe fish does not.');
  const args = ['make', '--script', script, '-o', join(dir, 'heron.mp4'), ...cheap];
  const home = join(dir, 'elsewhere');
  const first = await clipt(home, args, remote);
  expect(first).toMatchObject({ status: 0 });
  const report = reportSchema.parse(JSON.parse(first.stdout));
  expect(report.status).toBe('succeeded');
  for (const file of [report.files.mp4, report.files.srt, ...report.files.snapshots]) {
    expect((await stat(file)).size).toBeGreaterThan(10);
  }
  const again = reportSchema.parse(JSON.parse((await clipt(home, args, remote)).stdout));
  expect(again.video_id).toBe(report.video_id);
  // Nothing was opened on this machine: no database, no data folder.
  await expect(stat(join(home, 'postgres'))).rejects.toThrow();
});

test('a key that does not work ends with status 3, an address where nobody is with 1', async () => {
  const args = ['make', 'Herons', '-o', join(dir, 'none.mp4'), ...cheap];
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
    const made = await call('make_video', {
      scenes: [{ narration: 'The heron waits.' }],
      format: '1:1',
    });
    const id = z.string().parse(made.structuredContent?.['id']);
    await expect
      .poll(async () => (await call('get_video', { id, wait: 25 })).structuredContent?.['status'], {
        timeout: 120_000,
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
