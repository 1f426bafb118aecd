import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeCspReportEndpoint } from '../../server/platform/http/csp-reports.ts';
import type { Endpoint } from '../../server/platform/http/endpoint.ts';
import { silentLog } from '../../server/platform/log.ts';
import { makeEndpoints } from '../../server/wiring/endpoints.ts';
import { makeEntrance } from '../../server/wiring/entrance.ts';
import { type SeededAccount, seedAccount } from '../harness/seed-account.ts';
import { type Hosted, ORIGIN, openHosted } from '../sign-in/hosted.ts';
import { addressOf, thingsIn } from './addresses.ts';
import { CALLERS, STRANGERS } from './callers.ts';
import { PROMISES, type Promised } from './promises.ts';

/** Every operation of the service, asked for by everybody who may come, gives the answer that was promised. */

type Operation = Pick<Endpoint, 'operationId' | 'method' | 'path'>;

let hosted: Hosted;
let operations: readonly Operation[];
beforeAll(async () => {
  const plenty = '1000000';
  hosted = await openHosted({
    ...{ CLIPT_REQUESTS_PER_MINUTE: plenty, CLIPT_VIDEOS_PER_MINUTE: plenty },
  });
  operations = operationsOf(hosted.config);
});
afterAll(() => hosted.close());

test('every operation has its row, where people sign in and where the owner’s link is, and every row its operation', () => {
  const all = [...operations, ...operationsOf({ signIn: null })];
  const named = new Set(all.map(({ operationId }) => operationId));
  expect([...named].toSorted()).toEqual(Object.keys(PROMISES).toSorted());
});

describe('asked by its own account', () => {
  test.each(CALLERS)('$name: every operation answers as promised', async (kind) => {
    const own = await seed();
    let headers = await kind.arrive(hosted, own.id);
    const found = [];
    for (const operation of inGentleOrder(operations)) {
      const promised = promisedOf(operation);
      const owed = kind.owed(promised, operation.method);
      const answer = await ask(operation, { headers, query: kind.query, ownerOf: () => own });
      const isRight = owed === 'in' ? wasLetIn(operation, promised, answer) : answer.told === owed;
      if (!isRight) found.push(`${operation.operationId}: ${answer.told} instead of ${owed}`);
      if (answer.told.endsWith('session_ended') && !answer.clearsCookie) {
        found.push(`${operation.operationId}: the cookie of an ended session stays`);
      }
      // Whoever signed out comes anew.
      if (owed === 'in' && answer.clearsCookie) headers = await kind.arrive(hosted, own.id);
    }
    expect(found).toEqual([]);
  });
});

describe('asked by another account', () => {
  test.each(STRANGERS)('$name: what one has is missing wherever it is named', async (kind) => {
    const [own, foreign] = [await seed(), await seed()];
    const headers = await kind.arrive(hosted, own.id);
    const found = [];
    for (const operation of operations) {
      const promised = promisedOf(operation);
      if (kind.owed(promised, operation.method) !== 'in') continue;
      for (const name of thingsIn(operation.path)) {
        const alone = (each: string) => (each === name ? foreign : own);
        for (const ownerOf of [alone, () => foreign]) {
          const { told } = await ask(operation, { headers, ownerOf });
          if (!told.startsWith('404 ')) found.push(`${operation.operationId} {${name}}: ${told}`);
        }
      }
    }
    expect(found).toEqual([]);
    const owned = await hosted.database.pool.query(
      'select title from videos where account_id = $1',
      [foreign.id],
    );
    expect(owned.rows).toEqual([{ title: foreign.canary }]);
  });
});

function operationsOf({ signIn }: Pick<Hosted['config'], 'signIn'>): readonly Operation[] {
  const { clipt } = hosted;
  const entrance = makeEntrance(clipt, { signIn }, ORIGIN);
  return [...makeEndpoints(clipt, { url: ORIGIN, entrance }), makeCspReportEndpoint(silentLog)];
}

/** What takes things away comes last, and of those what is taken from within something first. */
function inGentleOrder(all: readonly Operation[]): readonly Operation[] {
  const weight = ({ method, path }: Operation) =>
    method === 'delete' ? 100 - path.split('/').length : 0;
  return all.toSorted((one, other) => weight(one) - weight(other));
}

function promisedOf({ operationId }: Operation): Promised {
  const promised = PROMISES[operationId];
  if (!promised) throw new Error(`There is no row for ${operationId}.`);
  return promised;
}

const seed = (): Promise<SeededAccount> =>
  seedAccount({ db: hosted.database.db, objects: hosted.clipt.objects });

type Told = {
  readonly status: number;
  /** Status and, of a problem, its code. */
  readonly told: string;
  readonly clearsCookie: boolean;
};

let asked = 0;

async function ask(
  operation: Operation,
  {
    headers: known,
    query = '',
    ownerOf,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly query?: string | undefined;
    readonly ownerOf: (name: string) => SeededAccount;
  },
): Promise<Told> {
  const { method, path } = operation;
  const { body, bodyType = 'application/json' } = promisedOf(operation);
  asked += 1;
  const takesBody = !['get', 'delete'].includes(method);
  const address = addressOf(path, ownerOf) + query;
  const answer = await fetch(hosted.service.heard + address, {
    method: method.toUpperCase(),
    redirect: 'manual',
    headers: {
      // Everybody comes from a place of their own: how often is another matter.
      'x-forwarded-for': `10.${(asked >> 16) % 256}.${(asked >> 8) % 256}.${asked % 256}`,
      ...known,
      ...(takesBody ? { 'content-type': bodyType } : {}),
    },
    ...(takesBody ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  const { status, headers } = answer;
  const isProblem = headers.get('content-type') === 'application/problem+json';
  if (!isProblem) await answer.body?.cancel();
  const code = isProblem ? z.object({ code: z.string() }).parse(await answer.json()).code : '';
  const set = headers.getSetCookie().join();
  const clearsCookie = /__Host-clipt\.(session|imp)=; Max-Age=0/.test(set);
  return { status, told: `${status} ${code}`.trim(), clearsCookie };
}

/** Neither refused nor failed, and what is one's own is found. */
function wasLetIn({ path }: Operation, { who }: Promised, { status }: Told): boolean {
  if (status === 404) return who === 'anybody' && path.includes('{');
  return status < 500 && ![401, 403, 405, 429].includes(status);
}
