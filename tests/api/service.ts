import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import { SCOPES, type Scope } from '../../server/platform/http/endpoint.ts';
import { makeOpenApiDocument } from '../../server/platform/http/openapi.ts';
import type { AccountId } from '../../server/platform/ids.ts';
import { cookieFor } from '../../server/sessions/cookie.ts';
import { makeEndpoints } from '../../server/wiring/endpoints.ts';
import { makeEntrance } from '../../server/wiring/entrance.ts';
import { startService } from '../../server/wiring/service.ts';
import { addAccount } from '../harness/accounts.ts';
import { createTestDatabase } from '../harness/database.ts';
import { assertAnswer, assertHeaders, type Reply } from './answer.ts';
import { readDocument } from './document.ts';

/** An answer begins no later, whatever was asked; long polls ask for less. A stream may go on for as long as it likes. */
const HANG_MS = 20_000;

/** Headers that tell who asks. */
export type Credential = Readonly<Record<string, string>>;
export type Account = Awaited<ReturnType<typeof openAccount>>;

export type Ask = {
  /** Default: the owner's key, which may do everything that keys may. */
  readonly as?: Credential;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | FormData;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Clipt as it is started, with real HTTP, Postgres and files, the local models, and two accounts. */
export type ApiService = Awaited<ReturnType<typeof openService>>;

export async function openService() {
  await using opening = new AsyncDisposableStack();
  const database = await createTestDatabase();
  opening.defer(() => database.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'clipt-api-'));
  opening.defer(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig(
    {
      CLIPT_DATA_DIR: dataDir,
      CLIPT_PORT: '0',
      DATABASE_URL: database.url,
      CLIPT_REQUESTS_PER_MINUTE: '10000000',
      CLIPT_VIDEOS_PER_MINUTE: '10000000',
    },
    join(dataDir, 'no.env'),
  );
  const clipt = await openClipt(config);
  opening.defer(() => clipt[Symbol.asyncDispose]());
  const { url, stop } = await startService(clipt, config);
  opening.defer(stop);
  const owner = await openAccount(clipt, await clipt.owner(), url);
  const other = await openAccount(clipt, await addAccount(database.db), url);
  const published: unknown = await (await fetch(`${url}/v1/openapi.json`)).json();
  const document = readDocument(documentOfAll(clipt, url));
  const answered = new Map<string, Set<number>>();
  const stack = opening.move();

  const service = {
    ...{ clipt, url, owner, other, published, document, db: database.db },
    /** What each operation has answered so far. */
    answered,

    /** Asks, reads the whole answer, and fails unless it is as the document promises. */
    async request(method: string, path: string, ask: Ask = {}): Promise<Reply> {
      const response = await service.open(method, path, ask);
      const bytes = Buffer.from(await response.arrayBuffer());
      const { status, headers } = response;
      const isJson = /^application\/(?:problem\+)?json\b/.test(headers.get('content-type') ?? '');
      const json: unknown = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : null;
      const reply = { status, headers, bytes, json };
      const isNobody = Object.keys(ask.as ?? owner.key).length === 0;
      const operation = assertAnswer(document, { method, path, isNobody }, reply);
      if (operation) noteAnswer(operation.operationId, status);
      return reply;
    },

    /** Asks and gives the answer unread, for streams. */
    async open(method: string, path: string, ask: Ask = {}): Promise<Response> {
      const body = ask.body === undefined ? ask.raw : JSON.stringify(ask.body);
      const hang = new AbortController();
      const timer = setTimeout(() => hang.abort(new Error(`${method} ${path} hangs.`)), HANG_MS);
      const response = await fetch(new URL(path, url), {
        method,
        redirect: 'manual',
        signal: hang.signal,
        headers: {
          ...(ask.as ?? owner.key),
          ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...ask.headers,
        },
        ...(body === undefined ? {} : { body }),
      }).finally(() => clearTimeout(timer));
      assertHeaders(`${method} ${path.slice(0, 200)}`, response.headers);
      return response;
    },

    /** Makes somebody of an account. */
    addPerson: (id: AccountId) => openAccount(clipt, id, url),

    noteAnswer,
    close: () => stack.disposeAsync(),
  };
  return service;

  function noteAnswer(operationId: string, status: number): void {
    const statuses = answered.get(operationId) ?? new Set();
    answered.set(operationId, statuses.add(status));
  }
}

/** Somebody with a session and a key for everything, and further ones by wish. */
async function openAccount(
  clipt: Awaited<ReturnType<typeof openClipt>>,
  id: AccountId,
  url: string,
) {
  async function addKey(...scopes: readonly Scope[]) {
    const wish = { name: 'test', scopes, expiresAt: null };
    const { text, row } = await clipt.keys.create(id, wish);
    return { id: row.id, as: { authorization: `Bearer ${text}` } satisfies Credential };
  }
  async function addSession() {
    const link = await clipt.sessions.makeSignInLink(id);
    const from = { userAgent: 'a test', ip: '127.0.0.1' };
    const { sessionToken, session } = await clipt.sessions.exchange(link, from);
    const cookie = `${cookieFor(url).name}=${sessionToken}`;
    return { id: session.id, as: { cookie, origin: url } satisfies Credential };
  }
  const session = await addSession();
  return {
    ...{ id, addKey, addSession },
    makeKey: async (...scopes: readonly Scope[]): Promise<Credential> =>
      (await addKey(...scopes)).as,
    key: (await addKey(...SCOPES)).as,
    session: session.as,
    sessionId: session.id,
  };
}

/** The published document tells of `/v1` alone; answers below `/app` are held against their schemas all the same. */
function documentOfAll(clipt: Awaited<ReturnType<typeof openClipt>>, serverUrl: string): unknown {
  const entrance = makeEntrance(clipt, { signIn: null }, serverUrl);
  const about = { title: 'all', version: '1', description: '', serverUrl };
  return makeOpenApiDocument(makeEndpoints(clipt, { url: serverUrl, entrance }), about);
}
