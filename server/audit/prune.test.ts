import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type AuditTrial,
  EIGHTEEN_MONTHS,
  openAuditTrial,
  ZONES,
} from '../../tests/harness/audit.ts';
import { putAnchor } from './anchors.ts';

let trial: AuditTrial;
beforeAll(async () => {
  trial = await openAuditTrial();
});
afterAll(() => trial.close());
beforeEach(() => trial.empty());

const ago = (interval: string) =>
  `(clock_timestamp() at time zone 'UTC' - interval '${interval}') at time zone 'UTC'`;

test.each(EIGHTEEN_MONTHS)(
  '18 months after %s is the same for sessions in every time zone',
  async (_, at, over) => {
    for (const zone of ZONES) {
      const client = await trial.pool.connect();
      await client.query(`set time zone '${zone}'`);
      const { rows } = await client.query('select audit.expires_at($1) as over', [at]);
      await client.query('reset time zone');
      client.release();
      expect(rows[0].over.toISOString()).toBe(over);
    }
  },
);

test('what is 18 months old goes, what is not stays, and the chain goes on', async () => {
  await trial.forge([
    ...[ago('20 months'), ago('19 months'), ago('18 months 1 second')],
    // Whatever month it is: the ends of months differ by three days at most.
    ...[ago('18 months -4 days'), ago('1 month')],
  ]);
  await trial.audit.anchor();
  expect(await trial.audit.prune()).toBe(3);
  expect(await trial.seqs()).toEqual([4, 5]);
  expect(await trial.audit.prune()).toBe(0);
  await trial.fill(2);
  expect(await trial.audit.verify()).toMatchObject({
    ...{ fault: null, rows: 4, checkpointSeq: 3, lastSeq: 7 },
  });
  expect(trial.logged.filter(({ event }) => event === 'audit.pruned')).toEqual([
    { event: 'audit.pruned', fields: { count: 3, seq: 3, hash: expect.stringMatching(/^.{64}$/) } },
  ]);
});

test('a chain of which everything went goes on where it was', async () => {
  await trial.forge([ago('30 months'), ago('29 months')]);
  await trial.audit.anchor();
  await trial.audit.prune();
  expect(await trial.seqs()).toEqual([]);
  expect((await trial.audit.checkHead()).fault).toBeNull();
  await trial.fill(1);
  expect(await trial.seqs()).toEqual([3]);
  expect(await trial.audit.verify()).toMatchObject({ fault: null, checkpointSeq: 2, rows: 1 });
});

test('an old row behind a young one stays: only the oldest end goes', async () => {
  await trial.forge([ago('20 months'), ago('1 month'), ago('20 months')]);
  expect(await trial.audit.prune()).toBe(1);
  expect(await trial.seqs()).toEqual([2, 3]);
});

test('the anchors of what went go too, and one that contradicts the checkpoint stays and is found', async () => {
  await trial.forge([ago('20 months'), ago('19 months'), ago('1 month')]);
  await trial.audit.anchor();
  const put = (at: Date) =>
    putAnchor(trial.objects, { seq: 1, at, hash: Buffer.alloc(32).toString('hex') });
  const { rows } = await trial.pool.query('select at from audit.entries where seq = 1');
  await put(rows[0].at);
  await trial.audit.prune();
  expect(await trial.audit.verify()).toMatchObject({ fault: null, anchors: 1 });

  await trial.forge([ago('20 months'), ago('19 months'), ago('1 month')]);
  await put(new Date());
  await trial.audit.prune();
  const fault = { kind: 'pruned_early', seq: 1, lastSeq: 2 };
  expect(await trial.audit.verify()).toMatchObject({ fault, anchors: 1 });
});

test('several that prune at once take each row once', async () => {
  await trial.forge(Array.from({ length: 12 }, (_, n) => ago(`${40 - n} months`)));
  const counts = await Promise.all([1, 2, 3].map(() => trial.audit.prune()));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
  expect(await trial.audit.verify()).toMatchObject({ fault: null, checkpointSeq: 12 });
});

test('no more than asked for goes at once', async () => {
  await trial.forge([ago('23 months'), ago('22 months'), ago('21 months')]);
  await trial.pool.query('select audit.prune(2)');
  expect(await trial.seqs()).toEqual([3]);
});
