import { type AccountId, isId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, sql } from '../platform/postgres/drizzle.ts';
import { type AccountRow, accounts } from './schema.ts';

/** What accounts are looked for by: the id of one, or how addresses begin, in lower case. */
export type AccountQuery =
  | { readonly by: 'id'; readonly id: AccountId }
  | { readonly by: 'email'; readonly prefix: string };

/** Reads what somebody typed; an address is found however it is cased. */
export function readAccountQuery(text: string): AccountQuery {
  const typed = text.trim().toLowerCase();
  return isId('acc', typed) ? { by: 'id', id: typed } : { by: 'email', prefix: typed };
}

/** For staff alone. Newest first, one more than `limit` where there is one; `before` is the last id that was seen. */
export async function searchAccounts(
  db: Database,
  query: AccountQuery,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly AccountRow[]> {
  return await db
    .select()
    .from(accounts)
    .where(
      and(
        query.by === 'id' ? eq(accounts.id, query.id) : beginsWith(query.prefix),
        before === null ? undefined : sql`${accounts.id} < ${before}`,
      ),
    )
    .orderBy(desc(accounts.id))
    .limit(limit + 1);
}

/** Letter by letter, so that nothing in it is a pattern; the index of 0019-account-search.sql finds it. */
function beginsWith(prefix: string) {
  return sql`starts_with(${accounts.email} collate "C", ${prefix})`;
}
