import { z } from 'zod';
import type { Answer, EndpointRequest } from '../../server/platform/http/endpoint.ts';
import { makeIdempotency } from '../../server/platform/http/idempotency.ts';
import type { AccountId } from '../../server/platform/ids.ts';
import { addAccount } from './accounts.ts';
import { createTestDatabase } from './database.ts';
import { keyOf, makeTestApp, tryEndpoint } from './http-app.ts';

type Handle = (
  request: EndpointRequest<unknown, unknown, unknown, unknown>,
) => Promise<Answer | Response>;

export type IdempotencyBench = Awaited<ReturnType<typeof makeIdempotencyBench>>;

/** A database with two accounts and a table of `things`, and applications that make those under keys. */
export async function makeIdempotencyBench() {
  const { db, pool, close } = await createTestDatabase();
  const [account, other] = [await addAccount(db), await addAccount(db)];
  await pool.query('create table things (name text)');
  const counted = { made: 0 };

  return {
    ...{ db, pool, close, account, other, poster, counted },

    /** A handler that makes a thing, and counts it. */
    async makeThing(): Promise<Answer> {
      counted.made += 1;
      const { made } = counted;
      return { status: 201, headers: { Location: `/v1/things/${made}` }, body: { b: made, a: 2 } };
    },

    async countThings(): Promise<number> {
      const { rows } = await pool.query('select count(*)::int as n from things');
      return z.object({ n: z.number() }).parse(rows[0]).n;
    },

    /** As if the process that held the key had died, and its time were over. */
    expire: (key: string) =>
      pool.query(
        "update idempotency_keys set locked_until = now() - interval '1 second' where key = $1",
        [key],
      ),

    age: (key: string, hours: number) =>
      pool.query(
        'update idempotency_keys set created_at = now() - make_interval(hours => $2) where key = $1',
        [key, hours],
      ),
  };

  /** Posts to an application whose operations are all `handle`. */
  function poster(handle: Handle, { timeoutMs = 5_000, idempotent = true } = {}) {
    const endpoints = ['/v1/things', '/v1/things/{id}/parts'].map((path) =>
      tryEndpoint({ method: 'post', path, timeoutMs, idempotent, body: z.looseObject({}), handle }),
    );
    return async (
      key: string | null,
      body: unknown = { name: 'x' },
      sent: { readonly path?: string; readonly from?: AccountId | null } = {},
    ) => {
      const { path = '/v1/things', from = account } = sent;
      const app = makeTestApp({
        endpoints,
        caller: from && keyOf(from, 'videos:read'),
        idempotency: makeIdempotency(db),
      });
      const answer = await app.request(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === null ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      const code = z.looseObject({ code: z.string().optional() });
      return {
        status: answer.status,
        text,
        code: code.parse(JSON.parse(text || '{}')).code,
        location: answer.headers.get('location'),
        type: answer.headers.get('content-type'),
        retryAfter: answer.headers.get('retry-after'),
        replayed: answer.headers.get('idempotency-replayed') === 'true',
      };
    };
  }
}
