import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { silentLog } from '../log.ts';
import { Problem } from '../problem.ts';
import { findLate, pruneRecords, runDue, type ScheduledJob, startSchedule } from './schedule.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query('delete from job_runs'));
afterAll(() => database.close());

const { signal: never } = new AbortController();
/** So long that no test sees the end of a period. */
const YEAR_MS = 366 * 24 * 3_600_000;

function jobOf(over: Partial<ScheduledJob> = {}): ScheduledJob & { readonly runs: number[] } {
  const runs: number[] = [];
  return {
    ...{ name: 'tidy', everyMs: YEAR_MS, runs },
    async run() {
      runs.push(Date.now());
      return { removed: 3 };
    },
    ...over,
  };
}

async function records() {
  const { rows } = await database.pool.query(
    'select name, outcome, counts, error_code, ended_at >= started_at as ended from job_runs order by period',
  );
  return rows;
}

const go = (jobs: readonly ScheduledJob[], signal = never) =>
  runDue({ db: database.db, jobs, log: silentLog }, signal);

test('a job is done once in its period, however many processes look', async () => {
  const job = jobOf();
  await Promise.all(Array.from({ length: 8 }, () => go([job])));
  await go([job]);
  expect(job.runs).toHaveLength(1);
  const record = { name: 'tidy', outcome: 'succeeded', counts: { removed: 3 }, error_code: null };
  expect(await records()).toEqual([{ ...record, ended: true }]);
});

test('it is done again in the next period', async () => {
  const job = jobOf();
  await go([job]);
  await database.pool.query(`update job_runs set period = period - interval '1 year'`);
  await go([job]);
  expect(job.runs).toHaveLength(2);
});

test('one that fails is on record by its code alone, and keeps nobody else back', async () => {
  const broken = jobOf({
    name: 'broken',
    run: () =>
      Promise.reject(new Problem({ kind: 'internal', code: 'storage_full', message: 'Full.' })),
  });
  const job = jobOf();
  await go([broken, job]);
  expect(job.runs).toHaveLength(1);
  expect(await records()).toMatchObject([
    { name: 'broken', outcome: 'failed', error_code: 'storage_full', counts: null },
    { name: 'tidy', outcome: 'succeeded' },
  ]);
});

test('one that is being done is not begun beside it, and one whose process died is', async () => {
  const job = jobOf();
  await database.pool.query(
    `insert into job_runs (name, period, started_at) values ('tidy', '2020-01-01', now() - interval '9 min')`,
  );
  await go([job]);
  expect(job.runs).toHaveLength(0);
  await database.pool.query(`update job_runs set started_at = now() - interval '11 min'`);
  await go([job]);
  expect(job.runs).toHaveLength(1);
});

test('who stops begins nothing more, and what is being done hears of it', async () => {
  const begun = Promise.withResolvers<void>();
  const slow = jobOf({
    name: 'slow',
    run(signal) {
      begun.resolve();
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ removed: 1 }));
      });
    },
  });
  const job = jobOf();
  const stop = startSchedule({ db: database.db, jobs: [slow, job], log: silentLog });
  await begun.promise;
  await stop();
  expect(job.runs).toHaveLength(0);
  expect(await records()).toMatchObject([{ name: 'slow', outcome: 'succeeded' }]);
});

test('a job that has not succeeded for three periods is late, while somebody works', async () => {
  const jobs = [jobOf({ name: 'quick', everyMs: 600_000 }), jobOf({ everyMs: 3_600_000 })];
  expect(await findLate(database.db, jobs)).toEqual({ isAnybodyWorking: false, late: [] });
  const insert = (name: string, minutes: number, outcome: 'succeeded' | 'failed') =>
    database.pool.query(
      `insert into job_runs (name, period, started_at, ended_at, outcome, error_code)
       select $1, at, at, at, $3, case $3 when 'failed' then 'internal' end
       from (select now() - make_interval(mins => $2) as at)`,
      [name, minutes, outcome],
    );
  await insert('tidy', 179, 'succeeded');
  await insert('tidy', 61, 'failed');
  await insert('quick', 5, 'succeeded');
  expect(await findLate(database.db, jobs)).toEqual({ isAnybodyWorking: true, late: [] });
  await database.pool.query(
    `update job_runs set ended_at = ended_at - interval '2 min' where name = 'tidy'`,
  );
  expect(await findLate(database.db, jobs)).toEqual({ isAnybodyWorking: true, late: ['tidy'] });
  await database.pool.query(`update job_runs set started_at = now() - interval '1 day'`);
  expect(await findLate(database.db, jobs)).toEqual({ isAnybodyWorking: false, late: [] });
});

test('records go after a month', async () => {
  await database.pool.query(
    `insert into job_runs (name, period, started_at)
     values ('old', '2020-01-01', now() - interval '31 days'), ('new', '2020-01-01', now())`,
  );
  expect(await pruneRecords(database.db).run(never)).toEqual({ removed: 1 });
});
