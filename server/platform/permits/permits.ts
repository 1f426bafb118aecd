import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../postgres/database.ts';
import { and, eq, sql } from '../postgres/drizzle.ts';
import { lockName } from '../postgres/statements.ts';
import { asProblem, Problem } from '../problem.ts';
import { permits } from './schema.ts';

/** Things that may be under way at once, counted over every process that shares the database. */
export type Lane = { readonly name: string; readonly limit: number };

/** A call's permit ends by itself this long after its process stopped renewing it. */
const LEASE_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Longest wait for a permit by somebody who waits at the other end of a connection. */
const PATIENCE_MS = 25_000;

/**
 * Takes a permit for `holder`, or renews the one it has; false when the lane is full. Strict: claims of one lane
 * follow one another, so the limit is never passed. Without `leaseMs` the permit stands until released.
 */
export async function claimPermit(
  tx: Database,
  lane: Lane,
  holder: string,
  leaseMs: number | null,
): Promise<boolean> {
  await lockName(tx, `lane ${lane.name}`);
  await tx.execute(
    sql`delete from permits where lane = ${lane.name} and expires_at < clock_timestamp()`,
  );
  const expires =
    leaseMs === null
      ? sql`null::timestamptz`
      : sql`clock_timestamp() + make_interval(secs => ${leaseMs / 1000})`;
  const claimed = await tx.execute(sql`
    insert into permits (lane, holder, expires_at)
    select ${lane.name}::text, ${holder}::text, ${expires}
    where (select count(*) from permits where lane = ${lane.name} and holder <> ${holder}) < ${lane.limit}
    on conflict (lane, holder) do update set expires_at = excluded.expires_at
    returning holder`);
  return claimed.rows.length === 1;
}

/** Gives a permit back; one that is not there is no matter. */
export async function releasePermit(tx: Database, lane: Lane, holder: string): Promise<void> {
  await tx.delete(permits).where(and(eq(permits.lane, lane.name), eq(permits.holder, holder)));
}

export async function countPermits(db: Database, lane: Lane): Promise<number> {
  return await db.$count(permits, eq(permits.lane, lane.name));
}

/** A permit with a lease that is kept alive until disposed. */
export type HeldPermit = AsyncDisposable;

/** Claims a leased permit in a transaction of its own; null when the lane is full. */
export async function holdPermit(
  db: Database,
  lane: Lane,
  holder: string,
): Promise<HeldPermit | null> {
  const claim = () => db.transaction((tx) => claimPermit(tx, lane, holder, LEASE_MS));
  if (!(await claim())) return null;
  const renewal = setInterval(() => {
    // A database that is away for a moment costs at worst a permit that another takes meanwhile.
    claim().catch((error) => asProblem(error));
  }, LEASE_MS / 3);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      await releasePermit(db, lane, holder).catch(() => undefined);
    },
  };
}

/**
 * Runs `work` under a permit of the lane (at once without one), waiting up to 25 s for it. Rejects with
 * `busy` (retryable) when none becomes free.
 */
export function makeWithLane(db: Database) {
  return async function withLane<T>(
    lane: Lane | null,
    holder: string,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    if (lane === null) return await work();
    await using _permit = await waitForPermit(db, lane, holder, signal);
    return await work();
  };
}

export type WithLane = ReturnType<typeof makeWithLane>;

async function waitForPermit(db: Database, lane: Lane, holder: string, signal: AbortSignal) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const permit = await holdPermit(db, lane, holder);
    if (permit) return permit;
    if (Date.now() + pauseMs > deadline) throw new LaneBusy();
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

class LaneBusy extends Problem {
  constructor() {
    super({
      kind: 'exhausted',
      code: 'busy',
      message: 'The model is serving as many requests as it may at the moment.',
      action: 'Try again in a few seconds.',
      retryable: true,
    });
  }
}
