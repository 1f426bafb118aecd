import type pg from 'pg';
import { type Db, fromDrizzle, PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import type { Database, OpenDatabase } from '../postgres/database.ts';
import { sql } from '../postgres/drizzle.ts';
import { deadLetterName, type QueueRules } from './queue-definition.ts';

/** How often silent runs are looked for. Heartbeat + this twice + the poll bounds a takeover. */
const SUPERVISE_SECONDS = 5;
const DAY_SECONDS = 86_400;

export type BossOptions = {
  readonly database: Pick<OpenDatabase, 'pool' | 'listen'>;
  readonly log: Log;
  /** False for a process that only sends: it neither listens nor supervises. */
  readonly works: boolean;
};

/** pg-boss on our pool. Its background errors are logged by code and never end the process. */
export function makeBoss({ database, log, works }: BossOptions): PgBoss {
  const boss = new PgBoss({
    db: onPool(database),
    schema: 'pgboss',
    supervise: works,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    queueCacheIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: DAY_SECONDS,
    useListenNotify: works,
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
    openTelemetry: { enabled: false },
  });
  boss.on('error', (error) => {
    log.warn('queue background error', { code: codeOf(error) });
  });
  boss.on('warning', ({ data }) => {
    log.debug('queue warning', { code: 'type' in data ? String(data.type) : 'unknown' });
  });
  return boss;
}

/** pg-boss hands over what was thrown, sometimes as a plain copy. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
}

function onPool({ pool, listen }: BossOptions['database']): Db {
  return {
    executeSql: (text: string, values?: unknown[]) => run(pool, text, values),
    async listen(channel, onNotification, onReconnect) {
      const close = await listen(channel, { onMessage: onNotification, onReconnect });
      onReconnect();
      return { close };
    },
  };
}

async function run(pool: pg.Pool, text: string, values: unknown[] | undefined) {
  return pool.query(text, values);
}

/** The statements of one pg-boss call inside the caller's transaction. */
export const inTransaction = (tx: Database): Db => fromDrizzle(tx, sql);

/**
 * Makes the queues and their dead letters, and brings changed settings up to date. One query when
 * all are as defined.
 */
export async function ensureQueues(
  boss: PgBoss,
  definitions: readonly QueueRules[],
): Promise<void> {
  const names = definitions.flatMap(({ name }) => [name, deadLetterName(name)]);
  if (names.length === 0) return;
  const found = new Map((await boss.getQueues(names)).map((queue) => [queue.name, queue]));
  for (const definition of definitions) {
    const dead = deadLetterName(definition.name);
    if (!found.has(dead)) await boss.createQueue(dead, {});
    const settings = settingsOf(definition);
    const current = found.get(definition.name);
    if (current === undefined) {
      // `short`: of waiting jobs with the same key there is one; see send.
      await boss.createQueue(definition.name, { ...settings, policy: 'short', deadLetter: dead });
    } else if (!isSame(settings, current)) {
      await boss.updateQueue(definition.name, { ...settings, deadLetter: dead });
    }
  }
}

type QueueSettings = ReturnType<typeof settingsOf>;

function settingsOf(definition: QueueRules) {
  return {
    retryLimit: definition.retryLimit,
    retryDelay: definition.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: definition.retryDelayMaxSeconds,
    expireInSeconds: definition.expireInSeconds,
    heartbeatSeconds: definition.heartbeatSeconds,
    notify: true,
  };
}

function isSame(wanted: QueueSettings, found: Partial<QueueSettings>): boolean {
  return (
    wanted.retryLimit === found.retryLimit &&
    wanted.retryDelay === found.retryDelay &&
    wanted.retryBackoff === found.retryBackoff &&
    wanted.retryDelayMax === found.retryDelayMax &&
    wanted.expireInSeconds === found.expireInSeconds &&
    wanted.heartbeatSeconds === found.heartbeatSeconds &&
    wanted.notify === found.notify
  );
}
