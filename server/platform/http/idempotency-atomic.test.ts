import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type IdempotencyBench,
  makeIdempotencyBench,
} from '../../../tests/harness/idempotency-bench.ts';
import { sql } from '../postgres/drizzle.ts';

let bench: IdempotencyBench;
beforeAll(async () => {
  bench = await makeIdempotencyBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.counted.made = 0;
});

describe('an answer saved by its handler', () => {
  const insert = (name: string) => sql`insert into things (name) values (${name})`;

  test('stands with what it tells of, even when the handler fails afterwards', async () => {
    const post = bench.poster(async ({ saveAnswer }) => {
      await bench.db.transaction(async (tx) => {
        await tx.execute(insert('saved'));
        await saveAnswer(tx, { status: 201, headers: { Location: '/v1/things/7' }, body: {} });
      });
      throw new Error('after the transaction');
    });
    expect(await post('saved')).toMatchObject({ status: 500 });
    expect(await post('saved')).toMatchObject({
      status: 201,
      location: '/v1/things/7',
      replayed: true,
    });
  });

  test('is gone with the transaction that was rolled back', async () => {
    const before = await bench.countThings();
    const post = bench.poster(async ({ saveAnswer }) => {
      bench.counted.made += 1;
      await bench.db.transaction(async (tx) => {
        await tx.execute(insert('rolled back'));
        await saveAnswer(tx, { status: 201, body: {} });
        if (bench.counted.made === 1) throw new Error('before the commit');
      });
      return { status: 201, body: { made: bench.counted.made } };
    });
    expect(await post('rollback')).toMatchObject({ status: 500 });
    expect(await bench.countThings()).toBe(before);
    expect(await post('rollback')).toMatchObject({ status: 201, replayed: false });
    expect(await bench.countThings()).toBe(before + 1);
  });

  test('is saved anew by a transaction that is tried again', async () => {
    const post = bench.poster(async ({ saveAnswer }) => {
      for (let tries = 1; tries <= 2; tries += 1) {
        await bench.db
          .transaction(async (tx) => {
            await saveAnswer(tx, { status: 201, body: { tries } });
            if (tries === 1) throw new Error('serialization failure');
          })
          .catch(() => undefined);
      }
      return { status: 201, body: { tries: 2 } };
    });
    await post('tries');
    expect(await post('tries')).toMatchObject({ text: '{"tries":2}', replayed: true });
  });

  test('does not keep repeats waiting while its transaction is open', async () => {
    const saved = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const post = bench.poster(async ({ saveAnswer }) => {
      await bench.db.transaction(async (tx) => {
        await saveAnswer(tx, { status: 201, body: {} });
        saved.resolve();
        await commit.promise;
      });
      return { status: 201, body: {} };
    });
    const first = post('open');
    await saved.promise;
    expect(await post('open')).toMatchObject({ code: 'idempotency_in_progress' });
    commit.resolve();
    expect(await first).toMatchObject({ status: 201 });
  });
});

describe('a process that died while it answered', () => {
  /** A handler that never ends: what a killed process leaves is a row without an answer. */
  async function die(key: string) {
    const begun = Promise.withResolvers<void>();
    const post = bench.poster(
      () => {
        begun.resolve();
        return new Promise(() => undefined);
      },
      { timeoutMs: 20 },
    );
    const answer = await post(key);
    // On a busy machine its time may be over before it holds the key.
    await begun.promise;
    return answer;
  }

  test('keeps the key for its time and half a minute; then the same request takes it over', async () => {
    const post = bench.poster(bench.makeThing);
    expect(await die('died')).toMatchObject({ status: 504, code: 'timed_out' });
    expect(await post('died')).toMatchObject({ code: 'idempotency_in_progress' });
    const { rows } = await bench.pool.query(
      `select locked_until between now() + interval '25 s' and now() + interval '31 s' as is_held
       from idempotency_keys where key = 'died'`,
    );
    expect(rows).toEqual([{ is_held: true }]);
    await bench.expire('died');
    expect(await post('died', { name: 'y' })).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await post('died')).toMatchObject({ status: 201, replayed: false });
    expect(await post('died')).toMatchObject({ status: 201, replayed: true });
    expect(bench.counted.made).toBe(1);
  });

  test('is taken over by one of many', async () => {
    await die('taken');
    await bench.expire('taken');
    const post = bench.poster(bench.makeThing);
    await Promise.all(Array.from({ length: 20 }, () => post('taken')));
    expect(bench.counted.made).toBe(1);
  });

  test('makes nothing once another has taken over, should it live after all', async () => {
    const goOn = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const before = await bench.countThings();
    const slow = bench.poster(async ({ saveAnswer }) => {
      begun.resolve();
      await goOn.promise;
      await bench.db.transaction(async (tx) => {
        await tx.execute(sql`insert into things (name) values ('late')`);
        await saveAnswer(tx, { status: 201, body: { by: 'slow' } });
      });
      return { status: 201, body: { by: 'slow' } };
    });
    const first = slow('alive');
    await begun.promise;
    await bench.expire('alive');
    const post = bench.poster(async () => ({ status: 201, body: { by: 'quick' } }));
    expect(await post('alive')).toMatchObject({ text: '{"by":"quick"}' });
    goOn.resolve();
    expect(await first).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect(await bench.countThings()).toBe(before);
    expect(await post('alive')).toMatchObject({ text: '{"by":"quick"}', replayed: true });
  });
});
