import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keyOf, sessionOf } from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import { silentLog } from '../log.ts';
import { makeCredentialWatch } from './credential-watch.ts';
import type { Caller } from './endpoint.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const account = newId('acc');

/** A watch with a round a second, what it asked about, and what of that is good. */
function open() {
  const rounds: number[] = [];
  const made = {
    rounds,
    isGood: (_caller: Caller) => true,
    canBeAsked: true,
    round: () => vi.advanceTimersByTimeAsync(1_000),
  };
  const { watch } = makeCredentialWatch({
    log: silentLog,
    everyMs: 1_000,
    async stillGood(callers) {
      rounds.push(callers.length);
      if (!made.canBeAsked) throw new Error('The database is away.');
      return new Set(callers.filter((caller) => made.isGood(caller)));
    },
  });
  return Object.assign(made, { watch });
}

test('five hundred that follow by one key are one question a round, and end together', async () => {
  const { watch, ...made } = open();
  const lapsed = vi.fn();
  for (let n = 0; n < 500; n += 1) watch(keyOf(account), lapsed);
  await made.round();
  await made.round();
  expect(made.rounds).toEqual([1, 1]);
  expect(lapsed).not.toHaveBeenCalled();
});

test('a credential that ended ends those who follow by it, and nobody else', async () => {
  const made = open();
  const [key, session, look, renewed] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  const impersonation = { id: 'imp_1', adminId: account, until: new Date() };
  made.watch(keyOf(account), key);
  made.watch(sessionOf(account), session);
  made.watch(sessionOf(account, { impersonation }), look);
  made.watch(sessionOf(account, { tokenHash: Buffer.alloc(32, 1) }), renewed);
  made.isGood = ({ via }) => via.kind === 'key' || via.impersonation === null;
  await made.round();
  expect(made.rounds).toEqual([4]);
  expect([key, session, look, renewed].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1, 0]);
});

test('nothing is asked while nobody follows', async () => {
  const made = open();
  const stop = made.watch(keyOf(account), () => undefined);
  stop();
  await made.round();
  await made.round();
  expect(made.rounds).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  made.watch(keyOf(account), () => undefined);
  await made.round();
  expect(made.rounds).toEqual([1]);
});

test('a database that is away for a moment ends nobody, one that stays away everybody', async () => {
  const made = open();
  const lapsed = vi.fn();
  made.watch(keyOf(account), lapsed);
  for (const canBeAsked of [false, false, false, false, true, false, false, false, false]) {
    made.canBeAsked = canBeAsked;
    await made.round();
  }
  expect(lapsed).not.toHaveBeenCalled();
  await made.round();
  expect(lapsed).toHaveBeenCalledOnce();
});
