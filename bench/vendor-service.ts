/** A running clipt whose vendors stand in on loopback, signed in to and ordered from over HTTP. */
import { join } from 'node:path';
import { z } from 'zod';
import { CLIPT, type Started, startProcess } from './processes.ts';

export type VendorService = {
  readonly process: Started;
  readonly url: string;
  /** Of the owner's session. */
  readonly headers: Readonly<Record<string, string>>;
};

export async function startVendorService(options: {
  /** Home and data of the installation. */
  readonly dir: string;
  readonly databaseUrl: string;
  readonly arkUrl: string;
  readonly elevenLabsUrl: string;
}): Promise<VendorService> {
  const { dir, databaseUrl, arkUrl, elevenLabsUrl } = options;
  const started = await startProcess(
    [CLIPT, 'start'],
    {
      ...{ PATH: process.env['PATH'], HOME: dir, CLIPT_DATA_DIR: join(dir, 'data') },
      ...{ CLIPT_PORT: '0', DATABASE_URL: databaseUrl },
      ...{ CLIPT_RUNNING_VIDEOS: '1000', ARK_MAX_TASKS: '1000', ELEVENLABS_MAX_CALLS: '20' },
      ...{ CLIPT_VIDEOS_PER_MINUTE: '100000', CLIPT_REQUESTS_PER_MINUTE: '100000' },
      ...{ ARK_API_KEY: 'key', ARK_BASE_URL: arkUrl },
      ...{ ELEVENLABS_API_KEY: 'key', ELEVENLABS_BASE_URL: elevenLabsUrl },
    },
    /Ctrl-C stops/,
  );
  const url = /running at (\S+)/.exec(started.said)?.[1] ?? '';
  const token = /signin#(\S+)/.exec(started.said)?.[1] ?? '';
  const json = { 'content-type': 'application/json', origin: url };
  const signedIn = await fetch(`${url}/app/sessions`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify({ token }) },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { process: started, url, headers: { ...json, cookie } };
}

/** Orders a small video of one scene and gives its id. */
export async function orderVideo(
  { url, headers }: VendorService,
  subject: string,
): Promise<string> {
  const answer = await fetch(`${url}/v1/videos`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify({
      ...{ format: '1:1', preset: 'draft', music: 'none' },
      scenes: [{ narration: `${subject} waits.`, visual: `${subject} in the rain` }],
    }),
  });
  const told: unknown = await answer.json();
  const made = z.object({ id: z.string() }).safeParse(told);
  if (!made.success) throw new Error(`A video was refused: ${JSON.stringify(told)}`);
  return made.data.id;
}
