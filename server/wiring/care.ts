import type { Audit } from '../audit/audit.ts';
import type { Events } from '../events/events.ts';
import type { Notify } from '../notify/notify.ts';
import { purgeIdempotencyKeys } from '../platform/http/idempotency.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import type { Exports } from '../privacy/privacy.ts';
import type { StoredTranscripts } from '../transcripts/transcripts.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';

/** Lost bells are looked for often, what is old now and then. */
const RESCUE_MS = 5_000;
const PURGE_MS = 600_000;

export type CareDeps = {
  readonly db: Database;
  readonly audit: Pick<Audit, 'care'>;
  readonly events: Pick<Events, 'prune'>;
  readonly uploads: Pick<Uploads, 'rescue' | 'purgeExpired'>;
  readonly storedTranscripts: Pick<StoredTranscripts, 'rescue'>;
  readonly webhooks: Pick<Webhooks, 'rescue' | 'prune'>;
  readonly notify: Pick<Notify, 'rescue' | 'prune'>;
  readonly exports: Pick<Exports, 'rescue' | 'purgeExpired'>;
  readonly log: Log;
};

/** Looks after what nobody asks for; each round is bounded and may be done by several processes. Call the result to stop. */
export function startCare(deps: CareDeps): () => Promise<void> {
  const { db, log } = deps;
  const rounds = [
    every(RESCUE_MS, 'care.rescue_failed', async () => {
      await deps.uploads.rescue();
      await deps.storedTranscripts.rescue();
      await deps.webhooks.rescue();
      await deps.notify.rescue();
      await deps.exports.rescue();
    }),
    every(PURGE_MS, 'care.purge_failed', async () => {
      await purgeIdempotencyKeys(db);
      await deps.events.prune(db);
      await deps.uploads.purgeExpired();
      await deps.webhooks.prune();
      await deps.notify.prune();
      await deps.exports.purgeExpired();
    }),
    every(PURGE_MS, 'care.audit_failed', () => deps.audit.care()),
  ];
  return async () => {
    await Promise.all(rounds.map((stop) => stop()));
  };

  function every(ms: number, event: string, round: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      running = running
        .then(round)
        .catch((error) => log.warn(event, { code: asProblem(error).code }));
    }, ms);
    return async () => {
      clearInterval(timer);
      await running;
    };
  }
}
