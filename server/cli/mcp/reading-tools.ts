import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { type Client, dataOf } from '../../../client/client.ts';
import { videoParams } from '../../videos/api-contract.ts';
import { deliverStream } from '../delivery.ts';
import { answer } from './answer.ts';

const { id } = videoParams.shape;

/** Tools that look, and the one that saves files. */
export function addReadingTools(server: McpServer, client: Client): void {
  server.registerTool(
    'get_video',
    {
      title: 'Look at a video',
      description:
        'Its status, progress, scenes and error. Waits up to `wait` seconds for a change.',
      inputSchema: { id, wait: z.number().int().min(0).max(25).optional() },
    },
    (input, { signal }) => answer(() => client.getVideo(input.id, signal, input.wait)),
  );
  server.registerTool(
    'list_videos',
    { title: 'List videos', description: 'The newest videos.', inputSchema: {} },
    (_, { signal }) => answer(async () => dataOf(await client.api.GET('/v1/videos', { signal }))),
  );
  server.registerTool(
    'get_files',
    {
      title: 'Files of a finished video',
      description:
        'Links to film, pictures, captions and transcript; with `folder` they are saved there.',
      inputSchema: { id, folder: z.string().optional() },
    },
    (input, { signal }) =>
      answer(async () => {
        const listed = await client.listFiles(input.id, signal);
        if (input.folder === undefined) return listed;
        return { ...listed, saved: await saveAll(client, listed.files, input.folder, signal) };
      }),
  );
}

/** A name of the installation's is one of a file in the folder, whatever it says. */
const fileName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/);

async function saveAll(
  client: Client,
  files: readonly { readonly name: string; readonly url: string }[],
  place: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = resolve(place);
  await mkdir(folder, { recursive: true });
  const saved: string[] = [];
  for (const { name, url } of files) {
    const file = join(folder, fileName.parse(name));
    await deliverStream(client.readFile(url, signal), file);
    saved.push(file);
  }
  return saved;
}
