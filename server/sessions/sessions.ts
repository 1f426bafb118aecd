import { createHash, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { lockAccount } from '../accounts/accounts.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem, Problem } from '../platform/problem.ts';
import { describeDevice } from './device.ts';
import type { SessionId, SessionRow } from './schema.ts';
import * as store from './store.ts';

export { type Cookie, tokensIn } from './cookie.ts';
export type { SessionId, SessionRow } from './schema.ts';

/** Where a session is used from, as far as it is told. */
export type Origin = {
  readonly userAgent: string | undefined;
  readonly ip: string;
  /** The token of the session that this browser had until now; it ends. */
  readonly replaces?: string | undefined;
};

/** A session with the token that its browser is to hold; the token is nowhere else. */
export type BegunSession = { readonly sessionToken: string; readonly session: SessionRow };

type NewSession = Pick<SessionRow, 'accountId' | 'stage'> & {
  /** As `newSessionToken` makes it. */
  readonly token: string;
  /** True for the account's first session ever. */
  readonly isNew?: boolean;
};

/** Somebody was let in, by whichever door. */
export type BeganSession = {
  readonly session: SessionRow;
  readonly isNew: boolean;
  /** True where the account has had a session from this device and network within the last months. */
  readonly isFamiliar: boolean;
};

/** Sessions that ended before their time, and how. */
export type EndedSessions = {
  readonly accountId: AccountId;
  readonly ids: readonly SessionId[];
  /** Signed out of, revoked by the person from elsewhere, or ended because of the codes typed in it. */
  readonly how: 'signed_out' | 'revoked' | 'wrong_codes';
};

export type SessionsDeps = {
  readonly db: Database;
  readonly log: Log;
  /** Puts it on record and tells the person, in the transaction that lets them in. */
  readonly recordBegan: (tx: Database, began: BeganSession) => Promise<void>;
  /** Puts it on record in the transaction that ends them. */
  readonly record: (tx: Database, ended: EndedSessions) => Promise<void>;
};

const TOKEN_BYTES = 32;
/** 32 bytes in base64url. */
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;
const MARK_MS = 60_000;
const MOST_WRONG_CODES = 5;

/** Sessions of browsers, and the links that begin them where there is no other sign-in. */
export function makeSessions({ db, log, recordBegan, record }: SessionsDeps) {
  const marked = new Map<SessionId, number>();

  return {
    /** A token that begins one session within ten minutes. It is kept as its hash alone. */
    async makeSignInLink(accountId: AccountId): Promise<string> {
      const token = newSessionToken();
      await store.insertLink(db, { accountId, tokenHash: hashOf(token) });
      return token;
    },

    /** Begins a session; of several that come with the same token, one gets it. Rejects with `link_used_or_expired`. */
    async exchange(token: string, origin: Origin): Promise<BegunSession> {
      if (!TOKEN_FORM.test(token)) throw new LinkUsedOrExpired();
      return await db.transaction(async (tx) => {
        const accountId = await store.useLink(tx, hashOf(token));
        if (!accountId) throw new LinkUsedOrExpired();
        const account = await lockAccount(tx, accountId);
        const stage = account.deletedAt === null ? 'full' : 'restore';
        return await begin(tx, { accountId, stage, token: newSessionToken() }, origin);
      });
    },

    /** Begins a session of somebody who has just proved who they are, in place of the one that this browser had. */
    begin,

    /**
     * Gives a session another token and stage, since the person has just proved who they are; the former token is worth
     * nothing from then on. Rejects with `session_not_found` when the session is over.
     */
    async renew(
      tx: Database,
      which: Pick<SessionRow, 'accountId' | 'id' | 'stage'>,
    ): Promise<BegunSession> {
      const sessionToken = newSessionToken();
      const session = await store.renew(tx, { ...which, tokenHash: hashOf(sessionToken) });
      if (!session) throw new SessionNotFound();
      return { sessionToken, session };
    },

    /** True until a session is over. */
    isLive: async (tx: Database, accountId: AccountId, id: SessionId): Promise<boolean> =>
      (await store.findById(tx, accountId, id)) !== null,

    /** Counts a wrong code typed in a session; the fifth in a row ends it. */
    async countWrongCode(tx: Database, accountId: AccountId, id: SessionId): Promise<void> {
      const count = await store.countWrongCode(tx, accountId, id);
      if (count >= MOST_WRONG_CODES) await end(tx, accountId, { only: id }, 'wrong_codes');
    },

    /** Whose session this is; null when it is over, revoked or none. Asked of the rows every time. */
    async verify(token: string): Promise<SessionRow | null> {
      if (!TOKEN_FORM.test(token)) return null;
      const session = await store.findLive(db, hashOf(token));
      if (session) markUsed(session.id);
      return session;
    },

    /** Those of the token hashes whose sessions are not over; not a use of them. */
    stillLive: (tokenHashes: readonly Buffer[]) => store.listLive(db, tokenHashes),

    /** Keeps what tells the browsers of an account that is purged in this transaction. */
    rememberPurged: store.rememberPurged,

    /** True for the token of a session that could still have restored its account when that was purged. */
    wasPurged: async (token: string): Promise<boolean> =>
      TOKEN_FORM.test(token) && (await store.isPurged(db, hashOf(token))),

    list: (accountId: AccountId) => store.list(db, accountId),

    /** How many go on now. */
    count: (accountId: AccountId) => store.count(db, accountId),

    /** Rejects with `session_not_found`. */
    async find(accountId: AccountId, id: SessionId): Promise<SessionRow> {
      const session = await store.findById(db, accountId, id);
      if (!session) throw new SessionNotFound();
      return session;
    },

    /** The person leaves; rejects with `session_not_found`, as does `revoke`. */
    signOut: (accountId: AccountId, id: SessionId) => endOne(accountId, id, 'signed_out'),

    revoke: (accountId: AccountId, id: SessionId) => endOne(accountId, id, 'revoked'),

    /** Forgets what has been over for long; how much. */
    prune: () => store.prune(db),

    /** Signs the account out everywhere; answers how many sessions that ended. */
    revokeAll: (accountId: AccountId, within: Database = db): Promise<number> =>
      within.transaction((tx) => end(tx, accountId, 'all', 'revoked')),

    revokeOthers: (accountId: AccountId, except: SessionId, within: Database = db) =>
      within.transaction((tx) => end(tx, accountId, { except }, 'revoked')),
  };

  async function endOne(
    accountId: AccountId,
    id: SessionId,
    how: EndedSessions['how'],
  ): Promise<void> {
    const count = await db.transaction((tx) => end(tx, accountId, { only: id }, how));
    if (count === 0) throw new SessionNotFound();
  }

  async function end(
    tx: Database,
    accountId: AccountId,
    which: Parameters<typeof store.revoke>[2],
    how: EndedSessions['how'],
  ): Promise<number> {
    const ids = await store.revoke(tx, accountId, which);
    if (ids.length > 0) await record(tx, { accountId, ids, how });
    return ids.length;
  }

  async function begin(
    tx: Database,
    { accountId, stage, token, isNew = false }: NewSession,
    origin: Origin,
  ): Promise<BegunSession> {
    const seen = seenAs(origin);
    const isFamiliar = isNew || (await store.isFamiliar(tx, accountId, seen));
    if (origin.replaces !== undefined) await store.revokeToken(tx, hashOf(origin.replaces));
    const session = await store.insertSession(tx, {
      id: newId('ses'),
      ...{ accountId, stage, tokenHash: hashOf(token), ...seen },
    });
    await recordBegan(tx, { session, isNew, isFamiliar });
    return { sessionToken: token, session };
  }

  function markUsed(id: SessionId): void {
    const now = Date.now();
    if (now - (marked.get(id) ?? 0) < MARK_MS) return;
    if (marked.size > 10_000) marked.clear();
    marked.set(id, now);
    store.markUsed(db, id).catch((error) => {
      log.warn('session.not_marked', { code: asProblem(error).code });
    });
  }
}

export type Sessions = ReturnType<typeof makeSessions>;

/** 32 random bytes as text. */
export function newSessionToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function seenAs({ userAgent, ip }: Origin): Pick<SessionRow, 'device' | 'place'> {
  return { device: describeDevice(userAgent), place: roughly(ip) };
}

/** The network of an address: enough to recognise one's own place, too little to find a person. */
function roughly(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  const bits = address.kind() === 'ipv4' ? 24 : 64;
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`);
  return `${network.toString()}/${bits}`;
}

class LinkUsedOrExpired extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'link_used_or_expired',
      status: 401,
      message: 'This sign-in link was used already, or is older than ten minutes.',
      action: 'Start clipt again, or run `./clipt link`, for a new one.',
    });
  }
}

class SessionNotFound extends Problem {
  constructor() {
    super({ kind: 'not-found', code: 'session_not_found', message: 'There is no such session.' });
  }
}
