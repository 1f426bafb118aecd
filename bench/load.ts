/** A load on one address from a process of its own, on loopback alone, for a bounded time. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export type Load = {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly not2xx: number;
};

const resultSchema = z.object({
  requests: z.object({ average: z.number(), total: z.number() }),
  latency: z.object({ p99: z.number() }),
  non2xx: z.number(),
  errors: z.number(),
});

/** Ends after so many seconds or requests. */
export async function load(
  options: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly connections: number;
  } & ({ readonly seconds: number } | { readonly requests: number }),
): Promise<Load> {
  const { hostname } = new URL(options.url);
  if (!['localhost', '127.0.0.1'].includes(hostname)) throw new Error('Loads stay on loopback.');
  const program = fileURLToPath(import.meta.resolve('autocannon'));
  const headers = Object.entries(options.headers).flatMap(([name, value]) => [
    '-H',
    `${name}=${value}`,
  ]);
  const end =
    'seconds' in options ? ['-d', String(options.seconds)] : ['-a', String(options.requests)];
  const limits = ['-c', String(options.connections), ...end];
  const child = spawn(process.execPath, [program, '-j', ...limits, ...headers, options.url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const result = resultSchema.parse(JSON.parse(await text(child.stdout)));
  return {
    requests: result.requests.total,
    perSecond: result.requests.average,
    p99Ms: result.latency.p99,
    not2xx: result.non2xx + result.errors,
  };
}
