import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Moderation } from './contract.ts';
import type { DenyList } from './deny-list.ts';
import { ContentRejected } from './errors.ts';
import * as store from './store.ts';

export type { Moderation, OnBehalf } from './contract.ts';
export { loadDenyList } from './deny-list.ts';
export { type Moderated, moderateModels } from './models.ts';
export { listMatches, pruneMatches } from './store.ts';

/** The one judge of what people and models write. Where the match cannot be recorded, it refuses all the same. */
export function makeModeration({
  db,
  denyList,
  log,
}: {
  readonly db: Database;
  readonly denyList: DenyList;
  readonly log: Log;
}): Moderation {
  return {
    version: denyList.version,
    async assertAllowed(accountId, content) {
      const rule = denyList.find(content);
      if (!rule) return;
      const { category, id } = rule;
      log.warn('moderation.refused', { account_id: accountId, category, rule_id: id });
      await store.insertMatch(db, { accountId, category, ruleId: id });
      throw new ContentRejected(category);
    },
  };
}
