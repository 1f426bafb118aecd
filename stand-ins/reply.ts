import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faultOf } from './faults.ts';

/** A whole answer. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export function jsonReply(
  json: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Reply {
  const body = Buffer.from(JSON.stringify(json));
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

export function textReply(text: string, type = 'text/plain', status = 200): Reply {
  return { status, headers: { 'content-type': type }, body: Buffer.from(text) };
}

/** What a proxy says when the vendor behind it does not. */
export function proxyPage(status: number): Reply {
  const page = `<html><head><title>${status}</title></head><body><h1>${status} Gateway</h1></body></html>\n`;
  return textReply(page, 'text/html', status);
}

/** The answer with what the faults do to its body. */
export function spoiled(reply: Reply, faults: readonly Fault[]): Reply {
  const missing = faultOf(faults, 'missing');
  const isExtended = faultOf(faults, 'extra') !== undefined;
  const isMalformed = faultOf(faults, 'malformed') !== undefined;
  if (!reply.headers['content-type']?.startsWith('application/json')) return reply;
  let json: unknown = JSON.parse(reply.body.toString('utf8'));
  for (const field of missing?.fields ?? []) json = without(json, field.split('.'));
  if (isExtended) json = extended(json);
  const text = JSON.stringify(json);
  return { ...reply, body: Buffer.from(isMalformed ? `${text.slice(0, -1)},` : text) };
}

function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((one, index) =>
      name === '*' || name === String(index) ? without(one, rest) : one,
    );
  }
  const entries = Object.entries(value).flatMap(([key, one]) => {
    if (key !== name) return [[key, one]];
    return rest.length === 0 ? [] : [[key, without(one, rest)]];
  });
  return Object.fromEntries(entries);
}

function extended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(extended);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).map(([key, one]) => [key, extended(one)]);
  return { ...Object.fromEntries(known), 'x-novelty': { since: 2027, notes: ['unheard of'] } };
}

/** Sends an answer the way the faults have it. Rejects when `signal` aborts in between. */
export async function send(
  response: ServerResponse,
  reply: Reply,
  faults: readonly Fault[],
  signal: AbortSignal,
): Promise<void> {
  const { status, body } = reply;
  const trickle = faultOf(faults, 'trickle');
  response.writeHead(status, { ...reply.headers, 'content-length': body.length });
  if (faultOf(faults, 'truncate')) {
    const half = body.subarray(0, Math.floor(body.length / 2));
    response.write(half, () => response.destroy());
    return;
  }
  if (!trickle) {
    response.end(body);
    return;
  }
  for (let at = 0; at < body.length; at += trickle.bytes) {
    response.write(body.subarray(at, at + trickle.bytes));
    await delay(trickle.everyMs, undefined, { signal });
  }
  response.end();
}
