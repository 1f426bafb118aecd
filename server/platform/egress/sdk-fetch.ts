import { EgressBlocked } from './errors.ts';
import type { EgressAnswer, EgressCall } from './exchange.ts';
import {
  type EgressMethod,
  type EgressPolicy,
  type EgressRequest,
  parameterName,
} from './policy.ts';

/** SDKs bring a shorter limit of their own by their signal. */
const LONGEST_CALL_MS = 600_000;

/** What SDKs tell of themselves and the machine: dropped, whatever the policy. */
const TELEMETRY =
  /^(x-stainless-|x-fern-|user-agent$|traceparent$|tracestate$|baggage$|sentry-trace$)/;

/** HTTP's own headers, which are written anew from what is really sent. */
const REWRITTEN = new Set(['content-type', 'content-length', 'host', 'connection']);

/** Statuses whose answers have no body (Fetch Standard, null body status). */
const BODYLESS = new Set([204, 205, 304]);

type Send = (request: EgressRequest, call: EgressCall) => Promise<EgressAnswer>;

/**
 * A `fetch` for a vendor's SDK, under the policy that `send` holds. The answer is whole before it is returned, so
 * streams arrive at once. Rejects with `EgressBlocked` or `EgressFailure`.
 */
export function makeSdkFetch(policy: EgressPolicy, send: Send): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const call = { signal: request.signal, timeoutMs: LONGEST_CALL_MS };
    const answer = await send(await asEgressRequest(policy, request), call);
    const body = BODYLESS.has(answer.status) ? null : new Uint8Array(answer.bytes);
    return new Response(body, { status: answer.status, headers: { ...answer.headers } });
  };
}

async function asEgressRequest(policy: EgressPolicy, request: Request): Promise<EgressRequest> {
  const url = new URL(request.url);
  const place = findPlace(policy, request.method, url);
  if (place === null) throw new EgressBlocked(policy.vendor, 'route');
  const headers = [...request.headers].filter(
    ([name]) => !TELEMETRY.test(name) && !REWRITTEN.has(name),
  );
  return {
    ...place,
    query: [...url.searchParams],
    headers: Object.fromEntries(headers),
    ...(await readBody(policy, request)),
  };
}

/** The listed operation at this address, with the parameters that its path holds; null where there is none. */
function findPlace(
  policy: EgressPolicy,
  method: string,
  url: URL,
): { method: EgressMethod; path: string; params: Record<string, string> } | null {
  const base = new URL(`${policy.baseUrl.replace(/\/+$/, '')}/`);
  const isInside = url.origin === base.origin && url.pathname.startsWith(base.pathname);
  if (!isInside || url.username !== '' || url.password !== '') return null;
  const segments = url.pathname.slice(base.pathname.length - 1).split('/');
  for (const route of policy.routes) {
    const params = route.method === method ? matched(route.path.split('/'), segments) : null;
    if (params !== null) return { method: route.method, path: route.path, params };
  }
  return null;
}

function matched(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] ?? '';
    const name = parameterName(wanted);
    if (name === null ? segment !== wanted : segment === '') return null;
    if (name !== null) params[name] = decoded(segment);
  }
  return params;
}

/** A segment that is not well encoded stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** JSON and forms are read, so that they can be checked; no other body passes. */
async function readBody(
  policy: EgressPolicy,
  request: Request,
): Promise<{ json?: unknown; form?: FormData }> {
  if (request.body === null) return {};
  const type = request.headers.get('content-type') ?? '';
  try {
    if (type.startsWith('application/json')) return { json: await request.json() };
    if (type.startsWith('multipart/form-data')) return { form: await request.formData() };
  } catch {
    // Not what it says it is: nothing that could be checked.
  }
  throw new EgressBlocked(policy.vendor, 'body');
}
