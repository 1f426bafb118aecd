import { setTimeout as delay } from 'node:timers/promises';
import type { TakeId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import {
  type AwaitedTake,
  type Filmed,
  listRunsBehind,
  storeFilmed,
  type TakeRef,
  takeAwaited,
} from './awaited-takes.ts';
import type { Filming } from './filming.ts';
import type { Lifecycle } from './lifecycle.ts';
import { lockRunning } from './run-store.ts';

export type TakeWatchDeps = {
  readonly db: Database;
  readonly filming: Pick<Filming, 'glance' | 'pauseMs'>;
  readonly lifecycle: Pick<Lifecycle, 'progressed'>;
  readonly ringTake: (tx: Database, take: TakeRef) => Promise<void>;
  readonly log: Log;
};

const ROUND_MS = 500;
/** How long what was told is gathered before it is written: nobody sees a film move faster. */
const NOTE_MS = 2_000;
/** How long a pause holds good: it goes by the films in flight, which a vendor takes on one after another. */
const PAUSE_MS = 2_000;
/** Questions under way at once. One that the vendor leaves open takes a place and holds up no other. */
const AT_ONCE = 16;
const LONGEST_GLANCE_MS = 30_000;

/**
 * Asks for all films that steps wait for, some at a time, and wakes a step only when there is something for it to do:
 * its film has ended, takes too long, or cannot be asked for, which then is the step's to judge. A film that goes on
 * costs a question to the vendor and its part of a few queries for the whole round. Several processes share the takes.
 */
export function makeTakeWatch({ db, log, ...deps }: TakeWatchDeps) {
  const stopping = new AbortController();
  const glances = new Set<Promise<void>>();
  /** What the vendor told and nobody has written yet. */
  const told = new Map<TakeId, Filmed>();
  let notedAt = performance.now();
  let pause = { ms: 0, isGoodUntil: 0 };
  let watching: Promise<void> = Promise.resolve();

  return {
    start(): void {
      watching = watch();
    },

    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all([watching, ...glances]);
    },
  };

  async function watch(): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await lookOnce().catch(warn);
      await delay(ROUND_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async function lookOnce(): Promise<void> {
    await noteNowAndThen();
    for (const take of await takeSome()) {
      const glance = look(take).finally(() => glances.delete(glance));
      glances.add(glance);
    }
  }

  async function takeSome(): Promise<readonly AwaitedTake[]> {
    const limit = AT_ONCE - glances.size;
    if (limit === 0) return [];
    return await takeAwaited(db, { nextLookMs: await currentPauseMs(), limit });
  }

  async function currentPauseMs(): Promise<number> {
    if (performance.now() >= pause.isGoodUntil) {
      pause = { ms: await deps.filming.pauseMs(), isGoodUntil: performance.now() + PAUSE_MS };
    }
    return pause.ms;
  }

  async function look(take: AwaitedTake): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(LONGEST_GLANCE_MS)]);
    try {
      const progress = await deps.filming.glance(take, { signal });
      if (progress !== null) {
        told.set(take.id, { id: take.id, progress });
        return;
      }
    } catch (error) {
      if (stopping.signal.aborted) return;
      log.info('take.not_told', { code: asProblem(error).code });
    }
    await db.transaction((tx) => deps.ringTake(tx, take)).catch(warn);
  }

  async function noteNowAndThen(): Promise<void> {
    if (told.size === 0 || performance.now() - notedAt < NOTE_MS) return;
    const films = [...told.values()];
    told.clear();
    notedAt = performance.now();
    await note(films);
  }

  async function note(films: readonly Filmed[]): Promise<void> {
    const behind = await listRunsBehind(db, films);
    if (behind.length === 0) return;
    await db.transaction(async (tx) => {
      // Runs before their steps, as whoever ends a run does it.
      await lockRunning(tx, behind);
      await storeFilmed(tx, films, behind);
      await deps.lifecycle.progressed(tx, behind);
    });
  }

  /** What could not be done now is done when the take is due again. */
  function warn(error: unknown): void {
    log.warn('takes.round_failed', { code: asProblem(error).code });
  }
}
