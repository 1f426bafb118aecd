import { expect } from 'vitest';
import { z } from 'zod';
import type { ApiDocument, Operation } from './document.ts';

/** An answer, read whole. `json` is null where the body is none. */
export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly json: unknown;
};

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'reporting-endpoints': 'csp="/csp-reports"',
};

const problemParts = z.looseObject({
  status: z.number(),
  instance: z.string(),
  request_id: z.string(),
});

/** Fails unless an answer has all that every answer has, and the form that the document promises. */
export function assertAnswer(
  document: ApiDocument,
  request: { readonly method: string; readonly path: string; readonly isNobody: boolean },
  reply: Reply,
): Operation | undefined {
  const { method } = request;
  const { pathname } = new URL(request.path, 'http://clipt.test');
  const about = `${method} ${pathname.slice(0, 200)} → ${reply.status}`;
  const operation = document.find(method, pathname);
  assertHeaders(about, reply.headers);
  if (operation) assertLimits(about, reply.headers);
  if (operation && !request.isNobody) {
    expect(reply.headers.get('cache-control'), about).toBe('no-store');
  }
  if (reply.status >= 400) assertProblem(document, { about, method, pathname }, reply);
  else if (operation) assertDocumented(document, operation, about, { method, reply });
  return operation;
}

/** What no answer goes without, streams included. */
export function assertHeaders(about: string, headers: Headers): void {
  expect(headers.get('x-request-id'), about).toMatch(/^req_[0-9a-f]{32}$/);
  expect(headers.get('content-security-policy'), about).toContain("default-src 'none'");
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    expect(headers.get(name), `${about}: ${name}`).toBe(value);
  }
}

function assertLimits(about: string, headers: Headers): void {
  for (const name of ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']) {
    expect(headers.get(name), `${about}: ${name}`).toMatch(/^\d+$/);
  }
}

function assertProblem(
  document: ApiDocument,
  request: { readonly about: string; readonly method: string; readonly pathname: string },
  { status, headers, json }: Reply,
): void {
  const { about, method, pathname } = request;
  expect(headers.get('content-type'), about).toBe('application/problem+json');
  expect(headers.get('cache-control'), about).toBe('no-store');
  if (status === 429) expect(headers.get('retry-after'), about).toMatch(/^[1-9]\d*$/);
  if (method === 'HEAD') return;
  const faults = document.faultsOf({ $ref: '#/components/schemas/Problem' }, json);
  expect(faults, `${about}: ${JSON.stringify(json)}`).toBe('');
  const told = problemParts.parse(json);
  expect(told.status, about).toBe(status);
  expect(told.request_id, about).toBe(headers.get('x-request-id'));
  expect(decoded(told.instance), about).toBe(decoded(pathname));
}

function assertDocumented(
  document: ApiDocument,
  operation: Operation,
  about: string,
  { method, reply }: { readonly method: string; readonly reply: Reply },
): void {
  const response = operation.responses[String(reply.status)];
  expect(response, `${about} is not in the document`).toBeDefined();
  for (const name of ['Location', 'ETag']) {
    const told = Object.hasOwn(response?.headers ?? {}, name);
    expect(reply.headers.has(name), `${about}: ${name}, as the document tells`).toBe(told);
  }
  if (method === 'HEAD') return;
  const [type, media] = Object.entries(response?.content ?? {})[0] ?? [];
  if (type === undefined) {
    expect(reply.bytes.length, `${about} has a body that is not in the document`).toBe(0);
    return;
  }
  expect(reply.headers.get('content-type'), about).toBe(type);
  if (media?.schema) {
    const faults = document.faultsOf(media.schema, reply.json);
    expect(faults, `${about}: ${JSON.stringify(reply.json).slice(0, 2_000)}`).toBe('');
  }
}

/** A path is told as it was asked for, decoded or not. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
