import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { join } from 'node:path';

export const S3_BUCKET = 'clipt-checks';
/** The server's own fixed keys. */
export const S3_KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

export type S3Server = { readonly endpoint: string; close(): Promise<void> };

/** A real S3 server on loopback with one empty bucket, its objects in `folder`. */
export async function startS3Server(folder: string): Promise<S3Server> {
  const program = join(import.meta.dirname, 's3-program.ts');
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

/** What a request may do that nobody signed: `reads` may get objects, and not list them. */
export type Policy = 'private' | 'reads';

/** The server behind a bucket policy, which it has none of: what nobody signed is refused unless the policy lets it. */
export async function startGuardedS3(endpoint: string, policy: Policy): Promise<S3Server> {
  const behind = new URL(endpoint);
  const guard = createServer((request, response) => {
    const { method, headers, url = '' } = request;
    const isSigned = headers.authorization !== undefined || url.includes('X-Amz-Signature=');
    const getsObject = method === 'GET' && /^\/[^/]+\/[^?]/.test(url);
    if (!isSigned && !(policy === 'reads' && getsObject)) {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
      return;
    }
    const { hostname, port } = behind;
    const passed = forward({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  guard.listen(0, '127.0.0.1');
  await once(guard, 'listening');
  const address = guard.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      guard.closeAllConnections();
      guard.close();
      await once(guard, 'close');
    },
  };
}
