import { timingSafeEqual } from 'node:crypto';
import { lockAccount } from '../accounts/accounts.ts';
import { SCOPES, type Scope } from '../platform/http/endpoint.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { KeyNotFound, TooManyKeys } from './errors.ts';
import { makeKey, type ParsedKey, parseKey } from './key-format.ts';
import type { KeyId, KeyRow } from './schema.ts';
import * as store from './store.ts';

export { holdsKey } from './key-format.ts';
export type { KeyId, KeyRow } from './schema.ts';

/** Who a key belongs to, and what it may do. */
export type VerifiedKey = {
  readonly accountId: AccountId;
  readonly keyId: KeyId;
  readonly publicId: string;
  readonly scopes: ReadonlySet<Scope>;
};

/** A key as it is shown this once, with its row. */
export type ShownKey = { readonly text: string; readonly row: KeyRow };

/** What became of a key, with its row as it is now. */
export type KeyChange = {
  readonly what: 'created' | 'rotated' | 'revoked';
  readonly row: KeyRow;
};

export type KeysDeps = {
  readonly db: Database;
  readonly log: Log;
  /** Puts a change on record in the transaction that makes it. */
  readonly record: (tx: Database, change: KeyChange) => Promise<void>;
};

const MOST_LIVE = 50;
const MARK_MS = 60_000;

/** API keys: made, shown once, rotated, revoked, and verified against the rows at every request. */
export function makeKeys({ db, log, record }: KeysDeps) {
  const marked = new Map<KeyId, number>();
  const findCredentials = store.prepareFindByPublicIds(db);
  const verify = inGroups(parseKey, verifyAll);

  return {
    /** Rejects with `too_many_keys` beyond 50 live ones, however many are made at once. */
    async create(
      accountId: AccountId,
      wish: {
        readonly name: string;
        readonly scopes: readonly Scope[];
        readonly expiresAt: Date | null;
      },
    ): Promise<ShownKey> {
      const { text, publicId, hash } = makeKey();
      const { name, expiresAt } = wish;
      const scopes = [...new Set(wish.scopes)];
      const own = { id: newId('key'), accountId, publicId, keyHash: hash };
      return await db.transaction(async (tx) => {
        await lockAccount(tx, accountId);
        if ((await store.countLive(tx, accountId)) >= MOST_LIVE) throw new TooManyKeys(MOST_LIVE);
        const row = await store.insert(tx, { ...own, name, scopes, expiresAt });
        await record(tx, { what: 'created', row });
        return { text, row };
      });
    },

    list: (accountId: AccountId) => store.list(db, accountId),

    /** How many work now. */
    count: (accountId: AccountId) => store.countLive(db, accountId),

    /** A new key in its place. The old one works for `graceHours` (0–24) more, or until the next rotation. */
    async rotate(accountId: AccountId, id: KeyId, graceHours: number): Promise<ShownKey> {
      const { text, publicId, hash } = makeKey();
      const next = { publicId, keyHash: hash, graceHours };
      return await db.transaction(async (tx) => {
        const row = await store.rotate(tx, accountId, id, next);
        if (!row) throw new KeyNotFound();
        await record(tx, { what: 'rotated', row });
        return { text, row };
      });
    },

    /** From the next request on the key is nobody's. */
    async revoke(accountId: AccountId, id: KeyId): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await store.revoke(tx, accountId, id);
        if (!row) throw new KeyNotFound();
        await record(tx, { what: 'revoked', row });
      });
    },

    /** Ends every key of the account for good; how many. */
    revokeAll: (tx: Database, accountId: AccountId) => store.revokeAll(tx, accountId),

    /**
     * Whose key this is; null for anything that is no live key. What is no key at all costs no query, and requests
     * that come together are looked up together.
     */
    verify,

    /** Those of verified keys that work still, by their public parts; not a use of them. */
    async stillLive(publicIds: readonly string[]): Promise<ReadonlySet<string>> {
      const rows = await findCredentials(publicIds);
      return new Set(
        rows.flatMap(({ publicId, formerPublicId }) =>
          formerPublicId === null ? [publicId] : [publicId, formerPublicId],
        ),
      );
    },
  };

  /** Those that are live keys, by their texts. */
  async function verifyAll(
    parsed: ReadonlyMap<string, ParsedKey>,
  ): Promise<ReadonlyMap<string, VerifiedKey>> {
    const ids = new Set(parsed.values().map(({ publicId }) => publicId));
    const rows = await findCredentials([...ids]);
    const verified = new Map<string, VerifiedKey>();
    for (const [text, key] of parsed) {
      const row = rows.find((each) => isKeyOf(each, key));
      if (!row) continue;
      markUsed(row.id);
      const scopes = new Set(SCOPES.filter((scope) => row.scopes.includes(scope)));
      const { publicId } = key;
      verified.set(text, { accountId: row.accountId, keyId: row.id, publicId, scopes });
    }
    return verified;
  }

  /** Nobody waits for the note of when a key was last used. */
  function markUsed(id: KeyId): void {
    const now = Date.now();
    if (now - (marked.get(id) ?? 0) < MARK_MS) return;
    if (marked.size > 10_000) marked.clear();
    marked.set(id, now);
    store.markUsed(db, id).catch((error) => {
      log.warn('key.not_marked', { code: asProblem(error).code });
    });
  }
}

export type Keys = ReturnType<typeof makeKeys>;

function isKeyOf(row: store.Credential, given: ParsedKey): boolean {
  if (row.publicId === given.publicId) return timingSafeEqual(row.keyHash, given.hash);
  if (row.formerPublicId !== given.publicId || row.formerHash === null) return false;
  return timingSafeEqual(row.formerHash, given.hash);
}

/**
 * Asks about one group of texts at a time; what comes meanwhile is the next group, asked about when the answer is there.
 * So a key is always looked up after it was given, many at once, each worked out once, and the work on one group hides
 * the wait for the next. Null for what is not found, and for what cannot be read, which is in no group.
 */
function inGroups<Read, Found>(
  read: (text: string) => Read | null,
  ask: (group: ReadonlyMap<string, Read>) => Promise<ReadonlyMap<string, Found>>,
) {
  type Group = {
    readonly texts: Map<string, Read>;
    /** One for all who gave the same text. */
    readonly answers: Map<string, Promise<Found | null>>;
    readonly found: PromiseWithResolvers<ReadonlyMap<string, Found>>;
  };
  const nothing = Promise.resolve(null);
  let next: Group | null = null;
  let isAsking = false;

  function askNext(): void {
    const group = next;
    next = null;
    isAsking = group !== null;
    if (group === null) return;
    ask(group.texts)
      .then(group.found.resolve, group.found.reject)
      // Two turns later: what arrived with the answer, and what this group's clients ask as soon as they have theirs, goes
      // into the next group and not into the one after it (under load a twentieth of a request).
      .finally(() => setImmediate(() => setImmediate(askNext)));
  }

  function nextGroup(): Group {
    if (!isAsking) {
      isAsking = true;
      // Those that come in the same turn go together.
      setImmediate(askNext);
    }
    return { texts: new Map(), answers: new Map(), found: Promise.withResolvers() };
  }

  return (text: string): Promise<Found | null> => {
    const known = next?.answers.get(text);
    if (known) return known;
    const parsed = read(text);
    if (parsed === null) return nothing;
    next ??= nextGroup();
    const answer = next.found.promise.then((found) => found.get(text) ?? null);
    next.texts.set(text, parsed);
    next.answers.set(text, answer);
    return answer;
  };
}
