import type { Audit } from '../audit/audit.ts';
import type { Events } from '../events/events.ts';
import { pruneMatches } from '../moderation/moderation.ts';
import type { Notify } from '../notify/notify.ts';
import { purgeIdempotencyKeys } from '../platform/http/idempotency.ts';
import type { Database } from '../platform/postgres/database.ts';
import { pruneRecords, type ScheduledJob } from '../platform/schedule/schedule.ts';
import type { Exports, Purge } from '../privacy/privacy.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { LookEnds } from '../support/ending.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';

const MINUTE_MS = 60_000;
const OFTEN_MS = 600_000;
const HOURLY_MS = 3_600_000;
const DAILY_MS = 24 * HOURLY_MS;

export type JobsDeps = {
  readonly db: Database;
  readonly audit: Pick<Audit, 'care'>;
  readonly events: Pick<Events, 'prune'>;
  readonly exports: Pick<Exports, 'purgeExpired'>;
  readonly lookEnds: Pick<LookEnds, 'sweep' | 'prune'>;
  readonly notify: Pick<Notify, 'prune'>;
  readonly purge: Pick<Purge, 'run'>;
  readonly sessions: Pick<Sessions, 'prune'>;
  readonly sweepOrphans: ScheduledJob['run'];
  readonly uploads: Pick<Uploads, 'purgeExpired'>;
  readonly webhooks: Pick<Webhooks, 'prune'>;
};

/** Everything that is done now and then: what is old goes, and what was asked to go. */
export function makeJobs(deps: JobsDeps): readonly ScheduledJob[] {
  const { db, audit, events, exports, lookEnds, notify, purge, sessions, sweepOrphans } = deps;
  const { uploads, webhooks } = deps;
  return [
    {
      name: 'purge_accounts',
      everyMs: OFTEN_MS,
      run: async (signal) => ({ removed: (await purge.run(null, signal)).length }),
    },
    { name: 'orphan_objects', everyMs: HOURLY_MS, run: sweepOrphans },
    removing('idempotency_keys', OFTEN_MS, () => purgeIdempotencyKeys(db)),
    removing('expired_uploads', OFTEN_MS, () => uploads.purgeExpired()),
    removing('expired_exports', OFTEN_MS, () => exports.purgeExpired()),
    removing('expired_sessions', HOURLY_MS, () => sessions.prune()),
    removing('old_events', OFTEN_MS, () => events.prune(db)),
    removing('old_webhook_deliveries', OFTEN_MS, () => webhooks.prune()),
    removing('old_mails', OFTEN_MS, () => notify.prune()),
    removing('old_impersonations', DAILY_MS, () => lookEnds.prune()),
    removing('old_moderation_matches', DAILY_MS, () => pruneMatches(db)),
    {
      name: 'ended_impersonations',
      everyMs: MINUTE_MS,
      run: async () => ({ ended: await lookEnds.sweep() }),
    },
    {
      name: 'audit_anchor_and_prune',
      everyMs: OFTEN_MS,
      async run() {
        await audit.care();
        return {};
      },
    },
    pruneRecords(db),
  ];
}

function removing(name: string, everyMs: number, remove: () => Promise<number>): ScheduledJob {
  return { name, everyMs, run: async () => ({ removed: await remove() }) };
}
