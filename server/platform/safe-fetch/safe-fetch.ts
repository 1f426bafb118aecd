import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { makeOutwardAgent } from '../outward-agent.ts';
import {
  type AddressRules,
  assertAllowedUrl,
  isGlobal,
  isLoopback,
  isLoopbackHost,
} from './allowed-url.ts';
import { OutboundFailure, UrlNotAllowed } from './errors.ts';

export { assertAllowedUrl } from './allowed-url.ts';

/** Every address of a name, as `dns.lookup` with `all`. */
export type Lookup = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export type SafeFetchCall = {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal: AbortSignal;
  /** For all of it: resolving, connecting, sending, and reading the answer to its end. Default 15 s. */
  readonly timeoutMs?: number;
  /** The longest answer that is read. With 0 none is: the status is all that is wanted. Default 1 MiB. */
  readonly maxBytes?: number;
};

export type SafeFetchAnswer = {
  readonly status: number;
  /** Names in lower case; a repeated header's values are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
};

export type SafeFetch = (url: string, call: SafeFetchCall) => Promise<SafeFetchAnswer>;

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 1024 * 1024;
/** Connections at once to one host. */
const MAX_CONNECTIONS = 8;
const KEEP_ALIVE_MAX_MS = 10_000;

/**
 * The only way to an address that a user gave. Public hosts over https alone: a name is resolved once, refused if any
 * of its addresses is not global, and the connection goes to an address that was checked. Redirects are answers like
 * others and not followed; nothing is decompressed.
 *
 * Rejects with `url_not_allowed` for every cause that lies in the address (a name that does not resolve too),
 * `outbound_unreachable`, `outbound_timed_out`, `outbound_answer_too_large`, or the signal's own reason.
 */
export function makeSafeFetch({
  allowLoopback,
  lookup = lookupAll,
}: AddressRules & { readonly lookup?: Lookup }): SafeFetch {
  const agent = makeOutwardAgent({
    connections: MAX_CONNECTIONS,
    connectTimeoutMs: TIMEOUT_MS,
    keepAliveMaxMs: KEEP_ALIVE_MAX_MS,
    lookup: checked(lookup, allowLoopback),
  });

  return async (text, call) => {
    const url = assertAllowedUrl(text, { allowLoopback });
    const open = await agent();
    const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = call;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const response = await open.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: call.method,
        headers: { ...call.headers },
        body: call.body ?? null,
        signal: AbortSignal.any([call.signal, deadline]),
      });
      const bytes = await readUpTo(response.body, maxBytes);
      return { status: response.statusCode, headers: flatHeaders(response.headers), bytes };
    } catch (error) {
      if (error instanceof UrlNotAllowed || error instanceof OutboundFailure) throw error;
      if (call.signal.aborted) throw call.signal.reason;
      if (deadline.aborted) throw new OutboundFailure('outbound_timed_out', error);
      throw new OutboundFailure('outbound_unreachable', error);
    }
  };
}

/** Resolves for one connection; what it answers is where that connection goes. */
function checked(lookup: Lookup, allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    const isAllowed = allowLoopback && isLoopbackHost(hostname) ? isLoopback : isGlobal;
    lookup(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error || !first || !addresses.every(({ address }) => isAllowed(address))) {
        callback(new UrlNotAllowed(), '');
      } else if (options.all === true) {
        callback(null, [...addresses]);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

const lookupAll: Lookup = (hostname, done) => {
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, addresses ?? []));
};

async function readUpTo(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  if (maxBytes === 0) {
    // Ends the connection too, unless the answer is there already.
    body.on('error', () => undefined).destroy();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the body and its connection.
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw new OutboundFailure('outbound_answer_too_large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

function flatHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
