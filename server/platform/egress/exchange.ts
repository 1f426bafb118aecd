import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';
import { EgressFailure } from './errors.ts';
import type { Outgoing } from './policy.ts';

/** A whole answer, of any status; redirects are answers like others. */
export type EgressAnswer = {
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
};

export type EgressCall = {
  readonly signal: AbortSignal;
  /** For all of it: connecting, sending, and reading the answer to its end. */
  readonly timeoutMs: number;
  /** The longest answer that is read; 32 MiB unless given. */
  readonly maxBytes?: number;
};

export const USER_AGENT = 'clipt';
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** One request and its whole answer. Throws `EgressFailure`. */
export async function exchange(
  agent: Agent,
  vendor: string,
  outgoing: Outgoing,
  call: EgressCall,
): Promise<EgressAnswer> {
  const maxBytes = call.maxBytes ?? MAX_ANSWER_BYTES;
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = AbortSignal.any([call.signal, deadline]);
  const body = await encodedBody(outgoing);
  const sending = startRequest(agent, signal, {
    origin: outgoing.url.origin,
    path: outgoing.url.pathname + outgoing.url.search,
    method: outgoing.method,
    headers: { accept: '*/*', ...outgoing.headers, ...body.headers, 'user-agent': USER_AGENT },
    body: body.bytes,
  });
  const fail = (otherwise: 'vendor_unreachable' | 'vendor_answer_cut', cause: unknown) => {
    const code = endedBy(call.signal, deadline) ?? otherwise;
    return new EgressFailure(vendor, code, sending.hasBegun(), cause);
  };
  const response = await sending.response.catch((error: unknown) => {
    throw fail(sending.hasBegun() ? 'vendor_answer_cut' : 'vendor_unreachable', error);
  });
  const bytes = await readUpTo(response.body, maxBytes).catch((error: unknown) => {
    throw fail('vendor_answer_cut', error);
  });
  if (bytes === null) throw new EgressFailure(vendor, 'vendor_answer_too_large', true);
  return { status: response.statusCode, headers: flatHeaders(response.headers), bytes };
}

/** Who ended an exchange, if one of us did. A caller's own time limit counts as the vendor's slowness. */
export function endedBy(
  caller: AbortSignal,
  deadline: AbortSignal,
): 'canceled' | 'vendor_timed_out' | null {
  if (caller.aborted) return isTimeout(caller.reason) ? 'vendor_timed_out' : 'canceled';
  return deadline.aborted ? 'vendor_timed_out' : null;
}

const isTimeout = (reason: unknown): boolean =>
  reason instanceof Error && reason.name === 'TimeoutError';

export type StartedRequest = {
  readonly response: Promise<Dispatcher.ResponseData>;
  /** True once a connection stood and the request began to be written to it. */
  hasBegun(): boolean;
};

/** Sends, and keeps track of whether the vendor may have seen any of it. Rejects as soon as `signal` aborts. */
export function startRequest(
  agent: Agent,
  signal: AbortSignal,
  options: Dispatcher.RequestOptions,
): StartedRequest {
  let begun = false;
  const watched = agent.compose((dispatch) => (dispatchOptions, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    // undici calls this on a connected socket, right before the first byte is written.
    handler.onRequestStart = (controller, context) => {
      start?.(controller, context);
      if (!controller.aborted) begun = true;
    };
    return dispatch(dispatchOptions, handler);
  });
  return { response: watched.request({ ...options, signal }), hasBegun: () => begun };
}

async function encodedBody(
  outgoing: Outgoing,
): Promise<{ readonly headers: Record<string, string>; readonly bytes: Buffer | null }> {
  if (outgoing.json !== null) {
    return {
      headers: { 'content-type': 'application/json' },
      bytes: Buffer.from(outgoing.json),
    };
  }
  if (outgoing.lines !== null) {
    const { type, text } = outgoing.lines;
    return { headers: { 'content-type': type }, bytes: Buffer.from(text) };
  }
  if (outgoing.form === null) return { headers: {}, bytes: null };
  const encoded = new Response(outgoing.form);
  return {
    headers: { 'content-type': encoded.headers.get('content-type') ?? 'multipart/form-data' },
    bytes: Buffer.from(await encoded.arrayBuffer()),
  };
}

/** The whole body, or null when it is longer than `maxBytes`; the rest is then not read. */
async function readUpTo(body: Dispatcher.ResponseData['body'], maxBytes: number) {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the body and its connection.
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
