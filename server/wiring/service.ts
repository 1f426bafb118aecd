import { readFile } from 'node:fs/promises';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, Hono } from 'hono';
import { clientIp } from '../limits/client-ip.ts';
import { makeLimits } from '../limits/limits.ts';
import type { Clipt } from '../main.ts';
import { outsideServices } from '../pages/outside-services.ts';
import { makePages, problemPage } from '../pages/pages.ts';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { makeHttpApp } from '../platform/http/app.ts';
import { makeCspReportEndpoint } from '../platform/http/csp-reports.ts';
import { makeIdempotency } from '../platform/http/idempotency.ts';
import { type Listening, listen } from '../platform/http/listen.ts';
import { makeOpenApiDocument } from '../platform/http/openapi.ts';
import { makeReferenceRoutes } from '../platform/http/reference/routes.ts';
import { isLoopback } from '../platform/loopback.ts';
import { Problem } from '../platform/problem.ts';
import { makeAuthenticate } from '../sessions/authenticate.ts';
import { makeStillGood } from '../sessions/still-good.ts';
import { makeBanner } from './banner.ts';
import { makeEndpoints } from './endpoints.ts';
import { makeEntrance } from './entrance.ts';

/** How long answers under way may take once the service stops. */
const DRAIN_MS = 10_000;

const ABOUT = {
  title: 'clipt',
  version: '1',
  description:
    'Short videos from a topic or a script: written, spoken, filmed, captioned and cut. Every list is paged by cursor, every refusal is a problem document (RFC 9457), and every POST takes an `Idempotency-Key`.',
};

export type Service = {
  /** As people see it. */
  readonly url: string;
  /** Where it listens on this machine. */
  readonly heard: string;
  stop(): Promise<void>;
};

/** Serves the API and the pages of an opened clipt until stopped. */
export async function startService(clipt: Clipt, config: Config): Promise<Service> {
  const { service, signIn } = config;
  if (!signIn) assertLoopback(service.host);
  await clipt.openQueue();
  const stopping = new AbortController();
  // The address is known once somebody listens; nobody is answered before.
  const app = Promise.withResolvers<Pick<Hono, 'fetch'>>();
  let answer: Hono['fetch'] = async (request, env) => (await app.promise).fetch(request, env);
  const listening = await listen(
    { fetch: (request, env) => answer(request, env) },
    { host: service.host, port: service.port, tls: await readTls(service.tls) },
  );
  const url = service.url ?? listening.url.replace('127.0.0.1', 'localhost');
  const made = await makeApp(clipt, config, { url, listening, stopping: stopping.signal });
  answer = made.fetch;
  app.resolve(made);
  return {
    url,
    heard: listening.url,
    async stop() {
      stopping.abort();
      await listening.drain(DRAIN_MS);
    },
  };
}

async function makeApp(
  clipt: Clipt,
  config: Config,
  {
    url,
    listening,
    stopping,
  }: {
    readonly url: string;
    readonly listening: Listening;
    readonly stopping: AbortSignal;
  },
) {
  const { db, log, keys, sessions, redis } = clipt;
  const { service } = config;
  const entrance = makeEntrance(clipt, config, url);
  const { cookie, support } = entrance;
  const authenticate = makeAuthenticate({ keys, sessions, cookie, looks: support });
  const banner = makeBanner({ authenticate, support });
  const endpoints = makeEndpoints(clipt, { url, entrance });
  const operations = new Set(
    endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
  );
  const document = makeOpenApiDocument(
    endpoints.filter(({ path }) => path.startsWith('/v1/')),
    { ...ABOUT, serverUrl: url },
  );
  return makeHttpApp({
    endpoints: [...endpoints, makeCspReportEndpoint(log)],
    authenticate,
    stillGood: makeStillGood({ keys, sessions, looks: support }),
    limits: makeLimits({ redis, settings: service }),
    standing: entrance.standing,
    staffRecord: support.record,
    idempotency: makeIdempotency(db),
    clientIp: (c: Context) =>
      clientIp(
        getConnInfo(c).remote.address,
        c.req.header('x-forwarded-for'),
        service.trustedProxies,
      ),
    origins: originsOf(url, listening),
    headers: {
      hsts: url.startsWith('https://'),
      storageOrigins: storageOrigins(config),
      signInOrigin: config.signIn && new URL(config.signIn.issuer).origin,
    },
    problemPage,
    extraRoutes: [
      makeReferenceRoutes(document, { icon: '/pages/icon.svg', banner }),
      makePages({
        ...{ signInBy: entrance.by, url, contact: config.securityContact, now: systemClock },
        services: outsideServices(config),
        banner,
        serves: (operation) => operations.has(operation),
      }),
      ...(clipt.objectRoutes ? [await clipt.objectRoutes()] : []),
    ],
    stopping,
    log,
    observe: clipt.observe ?? undefined,
  });
}

/** Where our own pages may be seen from: on loopback a browser may call the machine by either name. */
function originsOf(url: string, { port, url: heard }: Listening): readonly string[] {
  const own = new URL(url);
  if (!['localhost', '127.0.0.1'].includes(own.hostname)) return [own.origin];
  const { protocol } = new URL(heard);
  return [`${protocol}//localhost:${port}`, `${protocol}//127.0.0.1:${port}`, own.origin];
}

function storageOrigins({ s3 }: Config): readonly string[] {
  return s3 ? [new URL(s3.endpoint).origin] : [];
}

async function readTls(tls: Config['service']['tls']) {
  if (!tls) return null;
  const [cert, key] = await Promise.all([readFile(tls.certFile), readFile(tls.keyFile)]).catch(
    (cause: unknown) => {
      throw new Problem({
        kind: 'invalid',
        code: 'bad_setting',
        message: 'The certificate or its key cannot be read.',
        action: 'Correct CLIPT_TLS_CERT and CLIPT_TLS_KEY.',
        cause,
      });
    },
  );
  return { cert, key };
}

/** Without sign-in for everybody, whoever reaches the port is let in by the link alone: nobody else may reach it. */
function assertLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new Problem({
    kind: 'invalid',
    code: 'bad_setting',
    message: `CLIPT_HOST is ${host}, but without sign-in clipt listens on this machine only.`,
    action:
      'Remove CLIPT_HOST, or set it to 127.0.0.1; reach it from elsewhere through an SSH tunnel.',
  });
}
