import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { ApiProblem, type Client, makeClient } from '../../client/client.ts';
import type { Config } from '../platform/config.ts';
import { Problem } from '../platform/problem.ts';

const SAVE_MS = 600_000;
const id = z.string().regex(/^vid_[0-9a-f]{32}$/);

/** `clipt mcp`: the API of another installation as tools for agents, over stdio. Stdout carries the protocol alone. */
export async function mcpCommand({ remote }: Config): Promise<void> {
  if (!remote) {
    throw new Problem({
      kind: 'invalid',
      code: 'bad_setting',
      message: 'The MCP server needs an installation to speak to.',
      action: 'Set CLIPT_URL and CLIPT_API_KEY (`./clipt keys create --name agent` makes a key).',
    });
  }
  const client = makeClient({ baseUrl: remote.url, apiKey: remote.apiKey });
  const server = new McpServer({ name: 'clipt', version: '0.1.0' });
  addMakingTools(server, client);
  addReadingTools(server, client);
  await server.connect(new StdioServerTransport());
  await new Promise<void>((done) => {
    server.server.onclose = done;
    process.stdin.once('end', () => void server.close());
  });
}

function addMakingTools(server: McpServer, client: Client): void {
  server.registerTool(
    'make_video',
    {
      title: 'Make a video',
      description:
        'Makes a captioned, narrated short video from a topic or from scenes. Answers at once with its id; get_video tells when it is ready.',
      inputSchema: {
        topic: z.string().max(500).optional(),
        scenes: z
          .array(z.object({ narration: z.string(), visual: z.string().optional() }))
          .max(100)
          .optional(),
        seconds: z.number().min(5).max(180).optional(),
        format: z.enum(['9:16', '16:9', '1:1', '4:5']).optional(),
        style: z.enum(['pop', 'box', 'karaoke', 'plain']).optional(),
        max_credits: z.number().int().positive().optional(),
      },
    },
    ({ topic, scenes, seconds, format, style, max_credits }) =>
      answer(() =>
        client.createVideo({
          ...{ language: 'en', seconds: seconds ?? 30, dry_run: false },
          ...(topic === undefined ? {} : { topic }),
          ...(scenes === undefined ? {} : { scenes: scenes.map(plainScene) }),
          ...(format === undefined ? {} : { format }),
          ...(style === undefined ? {} : { style }),
          ...(max_credits === undefined ? {} : { max_credits }),
        }),
      ),
  );
  server.registerTool(
    'write_script',
    {
      title: 'Write a script',
      description: 'Writes scenes (narration and visual) for a topic; nothing is filmed.',
      inputSchema: { topic: z.string().max(500), seconds: z.number().min(5).max(180).optional() },
    },
    ({ topic, seconds = 30 }) =>
      answer(async () => {
        const body = { topic, seconds, language: 'en' };
        const { data, response, error } = await client.api.POST('/v1/scripts', { body });
        if (data) return data;
        throw client.refused(response, error);
      }),
  );
  server.registerTool(
    'cancel_video',
    {
      title: 'Stop a video',
      description: 'Says what stops and what cannot be stopped any more.',
      inputSchema: { id },
    },
    (input) => answer(() => client.cancelVideo(input.id)),
  );
}

function addReadingTools(server: McpServer, client: Client): void {
  server.registerTool(
    'get_video',
    {
      title: 'Look at a video',
      description:
        'Its status, progress, scenes and error. Waits up to `wait` seconds for a change.',
      inputSchema: { id, wait: z.number().int().min(0).max(25).optional() },
    },
    (input) => answer(() => client.getVideo(input.id, undefined, input.wait)),
  );
  server.registerTool(
    'list_videos',
    { title: 'List videos', description: 'The newest videos.', inputSchema: {} },
    () =>
      answer(async () => {
        const { data, response, error } = await client.api.GET('/v1/videos');
        if (data) return data;
        throw client.refused(response, error);
      }),
  );
  server.registerTool(
    'get_files',
    {
      title: 'Files of a finished video',
      description:
        'Links to film, pictures, captions and transcript; with `folder` they are saved there.',
      inputSchema: { id, folder: z.string().optional() },
    },
    (input) =>
      answer(async () => {
        const listed = await client.listFiles(input.id);
        if (input.folder === undefined) return listed;
        const folder = resolve(input.folder);
        await mkdir(folder, { recursive: true });
        const saved: string[] = [];
        for (const { name, url } of listed.files) {
          const file = join(folder, name);
          await client.saveFile(url, file, AbortSignal.timeout(SAVE_MS));
          saved.push(file);
        }
        return { ...listed, saved };
      }),
  );
}

function plainScene({ narration, visual }: { narration: string; visual?: string | undefined }) {
  return { narration, visual: visual ?? null };
}

/** What a tool answers: the object as text and as data, or the refusal with what to do about it. */
async function answer(work: () => Promise<object>) {
  try {
    const value = await work();
    const text = JSON.stringify(value, null, 2);
    return { content: [{ type: 'text' as const, text }], structuredContent: { ...value } };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const text = [`${error.message} [${error.code}]`, error.action].filter(Boolean).join(' ');
    return { content: [{ type: 'text' as const, text }], isError: true };
  }
}
