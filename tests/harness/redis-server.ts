import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** Stops answering without closing its connections, as a machine that hangs does. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
};

/** False where redis-server is not installed: whoever needs it skips. */
export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

/** A real Redis on loopback that keeps nothing; `port` for one that comes back where it was. */
export async function startRedisServer(port?: number, password?: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'clipt-redis-'));
  const at = port ?? (await freePort());
  const settings = ['--port', String(at), '--bind', '127.0.0.1', '--dir', folder];
  const keepNothing = ['--save', '', '--appendonly', 'no'];
  const guard = password === undefined ? [] : ['--requirepass', password];
  const server = spawn('redis-server', [...settings, ...keepNothing, ...guard], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve, reject) => {
    let output = '';
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`redis-server did not start: ${output}`)));
    // Read to the end, or the server would stop at a full pipe.
    server.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes('Ready to accept connections')) resolve();
    });
  });
  let closed: Promise<void> | undefined;
  return {
    url: `redis://127.0.0.1:${at}`,
    port: at,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    close() {
      closed ??= (async () => {
        const exited = once(server, 'exit');
        server.kill('SIGKILL');
        await exited;
        await rm(folder, { recursive: true, force: true });
      })();
      return closed;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
