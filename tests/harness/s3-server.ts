import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const S3_BUCKET = 'clipt-checks';
/** The server's own fixed keys. */
export const S3_KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

export type S3Server = { readonly endpoint: string; close(): Promise<void> };

/** A real S3 server on loopback with one empty bucket, its objects in `folder`. */
export async function startS3Server(folder: string): Promise<S3Server> {
  const program = fileURLToPath(import.meta.resolve('s3rver/bin/s3rver.js'));
  const settings = ['-d', folder, '-a', '127.0.0.1', '-p', '0'];
  // It makes its page tokens with a cipher that OpenSSL 3 keeps in the legacy provider.
  const server = spawn(
    process.execPath,
    ['--openssl-legacy-provider', program, ...settings, '--configure-bucket', S3_BUCKET],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const endpoint = await listeningAddress(server);
  return {
    endpoint,
    async close() {
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function listeningAddress(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The S3 server did not start: ${output}`)));
    // Read to the end, or the server would stop at a full pipe.
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
      const port = /listening on [\d.]+:(\d+)/.exec(output)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
}
