import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditTrial, openAuditTrial } from '../../tests/harness/audit.ts';
import type { AccountId } from '../platform/ids.ts';
import type { AuditEntry } from './audit.ts';

const staff: AccountId = 'acc_0000000000000000000000000000000a';
const one: AccountId = 'acc_0000000000000000000000000000000b';
const other: AccountId = 'acc_0000000000000000000000000000000c';

const by = (kind: AuditEntry['actor']['kind'], accountId: AccountId | null) => ({
  actor: { kind, accountId },
});
const ENTRIES: readonly AuditEntry[] = [
  { action: 'session.began', ...by('user', one), subject: one, target: 'ses_1' },
  {
    action: 'impersonation.started',
    ...by('admin', staff),
    subject: one,
    target: 'imp_1',
    detail: { reason: 'a ticket of theirs', minutes: 30 },
  },
  { action: 'impersonation.started', ...by('admin', staff), subject: other, target: 'imp_2' },
  { action: 'session.began', ...by('user', other), subject: other, target: 'ses_2' },
  { action: 'account.purged', ...by('system', null), subject: one },
  { action: 'credits.granted', ...by('operator', null), subject: one },
];

let trial: AuditTrial;
beforeAll(async () => {
  trial = await openAuditTrial();
  for (const entry of ENTRIES) await trial.audit.write(trial.db, entry);
});
afterAll(() => trial.close());

const first = { before: null, limit: 100 };
const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => Number(id));

test('a record reads as it was written', async () => {
  const [record] = await trial.audit.page({ action: 'impersonation.started', subject: one }, first);
  expect(record).toEqual({
    id: '2',
    at: expect.any(Date),
    action: 'impersonation.started',
    actor: { kind: 'admin', accountId: staff },
    subject: one,
    target: 'imp_1',
    detail: { reason: 'a ticket of theirs', minutes: 30 },
  });
});

test.each([
  ['nothing', {}, [6, 5, 4, 3, 2, 1]],
  ['an action', { action: 'session.began' }, [4, 1]],
  ['an actor', { actor: staff }, [3, 2]],
  ['a subject', { subject: one }, [6, 5, 2, 1]],
  ['all three', { action: 'impersonation.started', actor: staff, subject: other }, [3]],
  ['nobody', { actor: 'acc_0' }, []],
] as const)('the record can be looked through by %s, newest first', async (_, filter, ids) => {
  expect(idsOf(await trial.audit.page(filter, first))).toEqual(ids);
});

test('pages follow one another without a gap, with one more than was asked for', async () => {
  const page = await trial.audit.page({}, { before: null, limit: 2 });
  expect(idsOf(page)).toEqual([6, 5, 4]);
  expect(idsOf(await trial.audit.page({}, { before: '5', limit: 2 }))).toEqual([4, 3, 2]);
  expect(idsOf(await trial.audit.page({}, { before: '2', limit: 2 }))).toEqual([1]);
});

test('the record can be looked through by time, in one look for each doubling of it, whatever was pruned', async () => {
  const timed = await openAuditTrial();
  const at = (n: number) => new Date(Date.UTC(2026, 0, n));
  // Two rows of each moment.
  const moments = Array.from({ length: 60 }, (_, index) => Math.floor(index / 2) + 1);
  await timed.forge(moments.map((n) => `'${at(n).toISOString()}'`));
  const seqs = async (from: Date | undefined, to: Date | undefined) =>
    idsOf(await timed.audit.page({ from, to }, first)).toReversed();
  const expected = (from: number, to: number) =>
    moments.flatMap((n, index) => (n >= from && n < to ? [index + 1] : []));
  for (const [from, to] of [
    ...[[1, 31] as const, [1, 2] as const, [30, 31] as const, [7, 7] as const],
    ...Array.from({ length: 29 }, (_, n) => [n + 1, n + 2] as const),
  ]) {
    expect(await seqs(at(from), at(to))).toEqual(expected(from, to));
  }
  expect(await seqs(at(11), undefined)).toEqual(expected(11, 99));
  expect(await seqs(undefined, at(11))).toEqual(expected(0, 11));
  expect(await seqs(new Date('2000-01-01'), new Date('2100-01-01'))).toHaveLength(60);
  expect(await seqs(new Date('2100-01-01'), undefined)).toEqual([]);
  expect(await seqs(undefined, new Date('2000-01-01'))).toEqual([]);

  await timed.tamper('delete from audit.entries where seq <= 17');
  await timed.tamper('update audit.checkpoint c set seq = 17');
  expect(await seqs(at(8), at(11))).toEqual([18, 19, 20]);
  await timed.tamper('delete from audit.entries');
  expect(await seqs(at(8), at(11))).toEqual([]);
  await timed.close();
});

test('people see what staff did to their own account, with the reason and without who of the staff', async () => {
  const seen = await trial.audit.listStaffAccess(one, first);
  expect(seen).toEqual([
    {
      ...{ id: '6', at: expect.any(Date), action: 'credits.granted', target: null },
      ...{ by: 'operator', reason: null, operation: null },
    },
    {
      ...{ id: '2', at: expect.any(Date), action: 'impersonation.started', target: 'imp_1' },
      ...{ by: 'admin', reason: 'a ticket of theirs', operation: null },
    },
  ]);
  expect(JSON.stringify(seen)).not.toContain(staff);
  expect(idsOf(await trial.audit.listStaffAccess(other, first))).toEqual([3]);
  expect(idsOf(await trial.audit.listStaffAccess(one, { before: '6', limit: 1 }))).toEqual([2]);
  expect(await trial.audit.listStaffAccess(staff, first)).toEqual([]);
});
