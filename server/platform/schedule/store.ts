import type { Database } from '../postgres/database.ts';
import { and, eq, jsonb, pgTable, sql, text, timestamp } from '../postgres/drizzle.ts';

/** Queries for the record of scheduled jobs (0014-scheduled-jobs.sql). Times are the database's own. */

const time = (name: string) => timestamp(name, { withTimezone: true });

const jobRuns = pgTable('job_runs', {
  name: text().notNull(),
  period: time('period').notNull(),
  startedAt: time('started_at').notNull().defaultNow(),
  endedAt: time('ended_at'),
  outcome: text({ enum: ['succeeded', 'failed'] }),
  counts: jsonb().$type<Counts>(),
  errorCode: text('error_code'),
});

/** How much of what was done. */
export type Counts = Readonly<Record<string, number>>;

const KEPT = sql`interval '30 days'`;
const PRUNE_AT_ONCE = 5_000;

/** One run of one job. */
export type JobRun = { readonly name: string; readonly period: string };

/** Begins the job in the period that is now; null when it was begun in it already, or is still being done. */
export async function begin(
  db: Database,
  name: string,
  { everyMs, longestMs }: { readonly everyMs: number; readonly longestMs: number },
): Promise<JobRun | null> {
  const seconds = everyMs / 1000;
  const { rows } = await db.execute<{ period: string }>(sql`
    insert into job_runs (name, period)
    select ${name}::text, to_timestamp(floor(extract(epoch from now()) / ${seconds}) * ${seconds})
    where not exists (
      select from job_runs where name = ${name} and ended_at is null
        and started_at > now() - make_interval(secs => ${longestMs / 1000}))
    on conflict do nothing
    returning period::text`);
  const [begun] = rows;
  return begun ? { name, period: begun.period } : null;
}

export async function end(
  db: Database,
  run: JobRun,
  result: { readonly counts: Counts } | { readonly errorCode: string },
): Promise<void> {
  const outcome = 'counts' in result ? 'succeeded' : 'failed';
  await db
    .update(jobRuns)
    .set({ ...result, outcome, endedAt: sql`now()` })
    .where(and(eq(jobRuns.name, run.name), sql`${jobRuns.period} = ${run.period}::timestamptz`));
}

/** How each job that was ever begun stands. */
export async function readStandings(db: Database) {
  return await db
    .select({
      name: jobRuns.name,
      /** Since it last succeeded, or since it was first begun where it never did. */
      behindMs: sql<number>`extract(epoch from now() - coalesce(
        max(${jobRuns.endedAt}) filter (where ${jobRuns.outcome} = 'succeeded'),
        min(${jobRuns.startedAt})))::float8 * 1000`,
      /** Since it was last begun. */
      begunMs: sql<number>`extract(epoch from now() - max(${jobRuns.startedAt}))::float8 * 1000`,
    })
    .from(jobRuns)
    .groupBy(jobRuns.name);
}

/** Removes records that are a month old; how many. */
export async function prune(db: Database): Promise<number> {
  const pruned = await db.execute(sql`
    delete from job_runs where ctid in (
      select ctid from job_runs where started_at < now() - ${KEPT} limit ${PRUNE_AT_ONCE})`);
  return pruned.rowCount ?? 0;
}
