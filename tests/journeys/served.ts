import { vi } from 'vitest';
import { clipt, processesOf, startClipt } from './command.ts';

/** A service of its own in a data folder, and a key to it. */
export type Served = AsyncDisposable & { readonly url: string; readonly apiKey: string };

export async function serve(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const service = startClipt(dataDir, ['start'], { CLIPT_PORT: '0', ...env });
  const said = await new Promise<string>((resolve, reject) => {
    let heard = '';
    service.child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes('Ctrl-C stops')) resolve(heard);
    });
    service.ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  const made = await clipt(dataDir, ['keys', 'create', '--name', 'elsewhere']);
  return {
    url: /running at (\S+)/.exec(said)?.[1] ?? '',
    apiKey: made.stdout.trim(),
    async [Symbol.asyncDispose]() {
      service.child.kill('SIGTERM');
      await service.ended;
      // Its database writes until it has stopped as well.
      const isGone = async () => (await processesOf(dataDir)).length === 0;
      await vi.waitUntil(isGone, { timeout: 60_000, interval: 100 });
    },
  };
}
