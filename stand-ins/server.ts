import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { adminRoutes } from './admin.ts';
import { type Body, noteOf, readBody, textOf } from './body.ts';
import { type Fault, type FaultBook, faultOf, makeFaultBook } from './faults.ts';
import { type Journal, type JournalEntry, makeJournal } from './journal.ts';
import { proxyPage, type Reply, send, spoiled, textReply } from './reply.ts';
import { type Ask, findRoute, type Refusal, Refused, type Route } from './route.ts';

export type StandInOptions = {
  readonly routes: readonly Route[];
  /** The vendor's own envelope around an error. */
  readonly refusal: (refusal: Refusal) => Reply;
  /** More ways to steer it, below `/_stand-in/`. */
  readonly steering?: readonly Route[];
  /** Called by a reset, besides forgetting requests and faults. */
  readonly onReset?: () => void;
  /** Called when it closes, before its last connection ends. */
  readonly onClose?: () => Promise<void> | void;
  /** 0 takes any free one. */
  readonly port?: number;
  readonly maxBodyBytes?: number;
};

export type StandIn = AsyncDisposable & {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly journal: Journal;
  readonly faults: FaultBook;
  close(): Promise<void>;
};

const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Below it lie the routes that steer a stand-in from another process. */
export const STEERING = '/_stand-in';

/**
 * A small server on 127.0.0.1 that speaks a vendor's protocol: remembers every request, counts what would be paid
 * for, and goes wrong the way it is told to, here by `faults` and from another process at `/_stand-in/faults`.
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const journal = makeJournal();
  const faults = makeFaultBook();
  const closing = new AbortController();
  const forget = () => {
    journal.clear();
    faults.clear();
    options.onReset?.();
  };
  const steering = [...adminRoutes({ journal, faults, forget }), ...(options.steering ?? [])];

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const signal = AbortSignal.any([left.signal, closing.signal]);
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = await readBody(request, options.maxBodyBytes ?? MAX_BODY_BYTES);
    const isSteering = url.pathname.startsWith(`${STEERING}/`);
    const found = findRoute(isSteering ? steering : options.routes, method, url.pathname);
    const read: Body = body ?? { kind: 'none' };
    const asked = {
      ...{ method, path: url.pathname, query: url.searchParams, headers, signal },
      ...{ params: found?.params ?? {}, body: read },
    };
    if (isSteering) {
      const ask = { ...asked, faults: [], bought: () => undefined };
      const reply = found ? await found.route.handle(ask) : textReply('Not found', undefined, 404);
      return await send(response, reply, [], signal);
    }
    const about = found?.route.about?.(found.params) ?? '';
    const struck = faults.strike(found?.route.name ?? 'unknown', `${textOf(read)}\n${about}`);
    const entry = journal.write({
      ...{ at: new Date().toISOString(), route: found?.route.name ?? null, method, headers },
      ...{ path: url.pathname + url.search, body: noteOf(read) },
      faults: struck.map((fault) => fault.kind),
    });
    watch(request, response, entry);
    const ask: Ask = {
      ...asked,
      faults: struck,
      bought: (purchase) => journal.buy(entry, purchase),
    };
    const reply = () => answer(options, ask, found?.route ?? null, body === null, entry);
    await go(response, ask, reply);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A client that left, or a stand-in that closes, is no fault; anything else ends the connection visibly.
      if (!response.destroyed && !closing.signal.aborted) console.error(error);
      response.destroy();
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  let closed: Promise<void> | null = null;
  async function end(): Promise<void> {
    closing.abort();
    await options.onClose?.();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  const close = (): Promise<void> => {
    closed ??= end();
    return closed;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    journal,
    faults,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Notes whether the answer went out whole while its reader was there. */
function watch({ socket }: IncomingMessage, response: ServerResponse, entry: JournalEntry): void {
  let isClosed = false;
  response.on('close', () => {
    isClosed = true;
  });
  response.on('finish', () => {
    entry.status = response.statusCode;
    entry.answered = !isClosed && !socket.destroyed;
  });
}

/** Answers as the faults have it. */
async function go(
  response: ServerResponse,
  { faults, signal }: Ask,
  answered: () => Promise<Reply>,
): Promise<void> {
  const waitMs = faults.reduce((sum, one) => sum + (one.kind === 'latency' ? one.ms : 0), 0);
  if (waitMs > 0) await delay(waitMs, undefined, { signal });
  if (isCut(response, faults, 'before')) return;
  const page = faultOf(faults, 'html');
  if (page?.when === 'before') return await send(response, proxyPage(page.status), faults, signal);
  const reply = await answered();
  if (isCut(response, faults, 'after')) return;
  const told = page ? proxyPage(page.status) : spoiled(reply, faults);
  await send(response, told, faults, signal);
}

/** True when a fault leaves the request without an answer. */
function isCut(
  response: ServerResponse,
  faults: readonly Fault[],
  when: 'before' | 'after',
): boolean {
  if (faultOf(faults, 'reset')?.when === when) {
    response.socket?.resetAndDestroy();
    return true;
  }
  return faultOf(faults, 'silence')?.when === when;
}

/** What the vendor says: by its route, in its envelope where it refuses. */
async function answer(
  { refusal }: Pick<StandInOptions, 'refusal'>,
  ask: Ask,
  route: Route | null,
  isTooLarge: boolean,
  entry: JournalEntry,
): Promise<Reply> {
  const refuse = (status: number, code: string | null, message: string | null, param?: string) =>
    refusal({ status, code, message, param: param ?? null, path: ask.path });
  const injected = faultOf(ask.faults, 'refuse');
  if (injected) {
    const { status, code, message, retryAfterSeconds } = injected;
    const reply = refuse(status, code ?? null, message ?? null);
    if (retryAfterSeconds === undefined) return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterSeconds) } };
  }
  if (isTooLarge) return refuse(413, null, null);
  if (route === null) return refuse(404, null, null);
  try {
    return await route.handle(ask);
  } catch (error) {
    if (error instanceof Refused) {
      return refuse(error.status, error.code, error.message, error.param ?? undefined);
    }
    if (!ask.signal.aborted) {
      entry.crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    throw error;
  }
}
