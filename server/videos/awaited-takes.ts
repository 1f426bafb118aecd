import type { AccountId, RunId, StepId, TakeId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq, inArray, or, sql } from '../platform/postgres/drizzle.ts';
import { fromNow } from '../platform/postgres/statements.ts';
import { steps, type TakeRow, takes } from './schema.ts';
import { AGE_MS, IN_FLIGHT } from './take-store.ts';

/** Queries for takes together with the steps that wait for them. */

/** A clip step of an open run that waits for this take, or will once its turn comes, whichever run that is. */
const wantedBy = (test: ReturnType<typeof sql>) => sql`exists (
  select 1 from steps join runs on runs.id = steps.run_id
  where steps.kind = 'clip' and steps.account_id = ${takes.accountId}
    and (steps.scene_id = ${takes.sceneId} or steps.take_id = ${takes.id})
    and steps.status in ('pending', 'ready', 'running', 'waiting')
    and runs.status in ('queued', 'running') and ${test})`;

/** A step that waits for this take to be filmed, and for nothing else. */
const awaited = sql`exists (
  select 1 from steps where steps.take_id = ${takes.id} and steps.status = 'waiting'
    and steps.waiting_for is null and steps.run_after > now())`;

/** Takes that are being filmed for the scenes of a run, and for no other open run. */
export async function listTakesInFlight(
  db: Database,
  accountId: AccountId,
  runId: RunId,
): Promise<readonly TakeRow[]> {
  return await db
    .select()
    .from(takes)
    .where(
      and(
        eq(takes.accountId, accountId),
        inArray(takes.status, [...IN_FLIGHT]),
        sql`exists (
          select 1 from steps where steps.kind = 'clip' and steps.run_id = ${runId}
            and (steps.scene_id = ${takes.sceneId} or steps.take_id = ${takes.id}))`,
        sql`not ${wantedBy(sql`steps.run_id <> ${runId}`)}`,
      ),
    );
}

/** Takes due for a look. Taking them puts the next look off, so that each is looked at by one process. */
function takeDue(
  db: Database,
  which: ReturnType<typeof sql>,
  { nextLookMs, limit }: { readonly nextLookMs: number; readonly limit: number },
) {
  return db
    .update(takes)
    .set({ checkAfter: fromNow(nextLookMs) })
    .where(
      sql`${takes.id} in (
        select takes.id from takes
        where takes.status in ('ordering', 'filming') and takes.check_after <= now() and ${which}
        order by takes.check_after limit ${limit} for no key update skip locked)`,
    );
}

/** Takes in flight that no open run waits for (their run was canceled or failed), due for a look. */
export async function takeStragglers(
  db: Database,
  look: { readonly nextLookMs: number; readonly limit: number },
): Promise<readonly TakeRow[]> {
  return await takeDue(db, sql`not ${wantedBy(sql`true`)}`, look).returning();
}

/** As much of a take as tells who waits for it. */
export type TakeRef = Pick<TakeRow, 'id' | 'accountId' | 'sceneId'>;

export type AwaitedTake = TakeRef & {
  /** Knows the task; another would not. */
  readonly model: string;
  readonly taskId: string;
  readonly ageMs: number;
};

/** Takes that are being filmed for a step that waits, due for a look. */
export async function takeAwaited(
  db: Database,
  look: { readonly nextLookMs: number; readonly limit: number },
): Promise<readonly AwaitedTake[]> {
  const { id, accountId, sceneId, model } = takes;
  const which = sql`takes.status = 'filming' and ${awaited}`;
  return await takeDue(db, which, look).returning({
    ...{ id, accountId, sceneId, model, ageMs: AGE_MS },
    taskId: sql<string>`${takes.taskId}`,
  });
}

/** True while the take is being filmed, which it then is until the transaction ends. */
export async function lockFilming(tx: Database, id: TakeId): Promise<boolean> {
  const locked = await tx
    .select({ id: takes.id })
    .from(takes)
    .where(and(eq(takes.id, id), eq(takes.status, 'filming')))
    .for('share');
  return locked.length === 1;
}

/** How far a film is, 0–1. */
export type Filmed = { readonly id: TakeId; readonly progress: number };

/** Runs with steps that wait for these films and do not know yet how far they are. */
export async function listRunsBehind(
  db: Database,
  films: readonly Filmed[],
): Promise<readonly RunId[]> {
  const found = await db.execute<{ id: RunId }>(sql`
    select distinct steps.run_id as id from steps, ${asFilms(films)} where ${isBehind}`);
  return found.rows.map(({ id }) => id);
}

/** Tells the runs' steps that wait for these films how far they are. */
export async function storeFilmed(
  tx: Database,
  films: readonly Filmed[],
  runIds: readonly RunId[],
): Promise<void> {
  await tx.execute(sql`
    update steps set progress = film.progress from ${asFilms(films)}
    where ${isBehind} and steps.run_id = any(${sql.param([...runIds])}::text[])`);
}

const asFilms = (films: readonly Filmed[]) => sql`unnest(
  ${sql.param(films.map(({ id }) => id))}::text[],
  ${sql.param(films.map(({ progress }) => progress))}::float8[]) as film (take_id, progress)`;

const isBehind = sql`steps.take_id = film.take_id and steps.status = 'waiting'
  and steps.waiting_for is null and steps.progress < film.progress`;

/** Makes the steps that wait for this take due at once; their ids, to be rung for. */
export async function wakeStepsOfTake(
  tx: Database,
  { id, accountId, sceneId }: TakeRef,
): Promise<readonly StepId[]> {
  const due = await tx
    .update(steps)
    .set({ runAfter: sql`now()` })
    .where(
      and(
        eq(steps.accountId, accountId),
        eq(steps.kind, 'clip'),
        eq(steps.status, 'waiting'),
        or(eq(steps.sceneId, sceneId), eq(steps.takeId, id)),
      ),
    )
    .returning({ id: steps.id });
  return due.map(({ id: step }) => step);
}
