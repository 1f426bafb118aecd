import { randomBytes } from 'node:crypto';
import { createTransport, type Event, Scope } from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
import { type Egress, type EgressPolicy, makeEgress } from '../platform/egress/egress.ts';
import type { Fault, Reports, Timing } from './reports.ts';

const SEND_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** How long reports under way may take once the process stops. */
const CLOSE_MS = 2_000;

/**
 * Nothing is collected but what is handed to the client: it has no integrations, and every category that it could collect
 * of itself is off. An empty object would turn them on.
 */
const NOTHING = {
  userInfo: false,
  cookies: false,
  httpHeaders: false,
  httpBodies: [],
  urlQueryParams: false,
  databaseQueryData: false,
  queues: false,
  stackFrameVariables: false,
  frameContextLines: 0,
  genAI: { inputs: false, outputs: false },
  mcp: { inputs: false, outputs: false },
  graphQL: { document: false, variables: false },
};

/** Reports to Sentry through the egress guard. Nothing here waits for an answer or throws. */
export function makeSentry(dsn: string): Reports {
  const place = placeOf(dsn);
  const egress = makeEgress(policyOf(place.baseUrl), null);
  const client = new ServerRuntimeClient({
    dsn,
    integrations: [],
    stackParser: () => [],
    transport: (options) =>
      createTransport(options, ({ body }) => send(egress, place.project, options.url, body)),
    traceLifecycle: 'static',
    tracesSampleRate: 1,
    tracePropagationTargets: [],
    dataCollection: NOTHING,
    maxBreadcrumbs: 0,
    sendClientReports: false,
  });
  // Each in a scope of its own: none is linked to another.
  const capture = (event: Event) => void client.captureEvent(event, {}, new Scope());
  return {
    fault: (fault) => capture(eventOf(fault)),
    timing: (timing) => capture(transactionOf(timing)),
    async close() {
      await client.close(CLOSE_MS);
    },
  };
}

function eventOf({ code, operation, requestId, stage }: Fault): Event {
  return {
    level: 'error',
    message: code,
    fingerprint: [code, stage, operation ?? '-'],
    tags: {
      ...{ code, stage },
      ...(operation === null ? {} : { operation }),
      ...(requestId === null ? {} : { request_id: requestId }),
    },
  };
}

function transactionOf({ operation, status, durationMs }: Timing): Event {
  const end = Date.now() / 1000;
  const id = (bytes: number) => randomBytes(bytes).toString('hex');
  return {
    type: 'transaction',
    transaction: operation,
    start_timestamp: end - durationMs / 1000,
    timestamp: end,
    tags: { status: String(status) },
    contexts: {
      trace: {
        ...{ trace_id: id(16), span_id: id(8), op: 'http.server' },
        status: status < 500 ? 'ok' : 'internal_error',
      },
    },
  };
}

/** `https://key@host/path/project`: where its envelopes go. */
function placeOf(dsn: string): { readonly baseUrl: string; readonly project: string } {
  const { origin, pathname } = new URL(dsn);
  const [, path = '', project = ''] = /^(.*)\/(\d+)$/.exec(pathname) ?? [];
  return { baseUrl: origin + path, project };
}

/** All that may be said to Sentry: one event or one transaction, in names and figures of ours. */
function policyOf(baseUrl: string): EgressPolicy {
  const trace = { trace_id: true, span_id: true, op: true, status: true } as const;
  return {
    vendor: 'Sentry',
    baseUrl,
    fileHosts: [],
    headers: [],
    routes: [
      {
        method: 'POST',
        path: '/api/{project}/envelope/',
        query: ['sentry_version', 'sentry_key', 'sentry_client'],
        linesType: 'application/x-sentry-envelope',
        lines: [
          {
            ...{ event_id: true, sent_at: true },
            trace: { environment: true, public_key: true, trace_id: true, org_id: true },
          },
          { type: true },
          {
            ...{ event_id: true, type: true, level: true, message: true, fingerprint: true },
            ...{ transaction: true, start_timestamp: true, timestamp: true, environment: true },
            tags: { code: true, stage: true, operation: true, request_id: true, status: true },
            contexts: { trace },
          },
        ],
      },
    ],
  };
}

async function send(egress: Egress, project: string, url: string, body: string | Uint8Array) {
  const lines = Buffer.from(body).toString('utf8').split('\n');
  const { status, headers } = await egress.send(
    {
      ...{ method: 'POST', path: '/api/{project}/envelope/', params: { project } },
      query: [...new URL(url).searchParams],
      lines: lines.map((line): unknown => JSON.parse(line)),
    },
    { signal: AbortSignal.timeout(SEND_MS), timeoutMs: SEND_MS, maxBytes: MAX_ANSWER_BYTES },
  );
  return {
    statusCode: status,
    headers: {
      'x-sentry-rate-limits': headers['x-sentry-rate-limits'] ?? null,
      'retry-after': headers['retry-after'] ?? null,
    },
  };
}
