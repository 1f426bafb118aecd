import { startClipt } from '../journeys/command.ts';

export type KillableService = {
  /** What it printed for a person: its address and the owner's sign-in link. */
  readonly said: string;
  /** Sends the signal, and resolves once the process is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
};

/** Starts `clipt start` as a process of its own. Rejects when it ends before it serves. */
export async function startKillable(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<KillableService> {
  const { child, ended } = startClipt(dataDir, ['start'], env);
  let said = '';
  const ready = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl-C stops')) resolve(said);
    });
  });
  const failed = ended.then(({ stderr }) => {
    throw new Error(`clipt ended before it served: ${stderr.slice(-600)}`);
  });
  // Once it serves, its end is awaited by whoever ends it.
  failed.catch(() => undefined);
  return {
    said: await Promise.race([ready, failed]),
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Orders the videos with the one-time link that the service printed. */
export async function orderVideos(
  said: string,
  { videos, scenes }: { readonly videos: number; readonly scenes: number },
): Promise<void> {
  const [, url = ''] = /running at (\S+)/.exec(said) ?? [];
  const [, token = ''] = /signin#(\S+)/.exec(said) ?? [];
  const json = { 'content-type': 'application/json', origin: url };
  const signedIn = await fetch(`${url}/app/sessions`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify({ token }) },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  for (let video = 0; video < videos; video += 1) {
    const answer = await fetch(`${url}/v1/videos`, {
      method: 'POST',
      headers: { ...json, cookie },
      body: JSON.stringify({
        ...{ format: '1:1', preset: 'draft', music: 'none' },
        scenes: Array.from({ length: scenes }, (_, scene) => ({
          narration: `Bird ${video} sings song ${scene}.`,
          visual: `Bird ${video} on branch ${scene}`,
        })),
      }),
    });
    if (answer.status !== 202) throw new Error(`A video was refused: ${await answer.text()}`);
  }
}
