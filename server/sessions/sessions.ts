import { createHash, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { lockAccount } from '../accounts/accounts.ts';
import type { SessionStage } from '../platform/http/endpoint.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem, Problem } from '../platform/problem.ts';
import { describeDevice } from './device.ts';
import type { SessionId, SessionRow } from './schema.ts';
import * as store from './store.ts';

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
};

const TOKEN_BYTES = 32;
/** 32 bytes in base64url. */
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;
const MARK_MS = 60_000;

/** Sessions of browsers, and the links that begin them where there is no other sign-in. */
export function makeSessions({ db, log }: { readonly db: Database; readonly log: Log }) {
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
    async renew(tx: Database, id: SessionId, stage: SessionStage): Promise<BegunSession> {
      const sessionToken = newSessionToken();
      const session = await store.renew(tx, id, { tokenHash: hashOf(sessionToken), stage });
      if (!session) throw new SessionNotFound();
      return { sessionToken, session };
    },

    /** Whose session this is; null when it is over, revoked or none. Asked of the rows every time. */
    async verify(token: string): Promise<SessionRow | null> {
      if (!TOKEN_FORM.test(token)) return null;
      const session = await store.findLive(db, hashOf(token));
      if (session) markUsed(session.id);
      return session;
    },

    /** Keeps what tells the browsers of an account that is purged in this transaction. */
    rememberPurged: store.rememberPurged,

    /** True for the token of a session that could still have restored its account when that was purged. */
    wasPurged: async (token: string): Promise<boolean> =>
      TOKEN_FORM.test(token) && (await store.isPurged(db, hashOf(token))),

    /** True where the account has had a session from this device and network within the last months. */
    isFamiliar: (tx: Database, accountId: AccountId, origin: Origin): Promise<boolean> =>
      store.isFamiliar(tx, accountId, seenAs(origin)),

    list: (accountId: AccountId) => store.list(db, accountId),

    /** Rejects with `session_not_found`. */
    async find(accountId: AccountId, id: SessionId): Promise<SessionRow> {
      const session = await store.findById(db, accountId, id);
      if (!session) throw new SessionNotFound();
      return session;
    },

    async revoke(accountId: AccountId, id: SessionId): Promise<void> {
      if (!(await store.revoke(db, accountId, id))) throw new SessionNotFound();
    },

    /** Forgets what has been over for long; how much. */
    prune: () => store.prune(db),

    /** Signs the account out everywhere; answers how many sessions that ended. */
    revokeAll: (accountId: AccountId, tx: Database = db) => store.revokeAll(tx, accountId),

    revokeOthers: (accountId: AccountId, except: SessionId) =>
      store.revokeOthers(db, accountId, except),
  };

  async function begin(
    tx: Database,
    { accountId, stage, token }: NewSession,
    origin: Origin,
  ): Promise<BegunSession> {
    if (origin.replaces !== undefined) await store.revokeToken(tx, hashOf(origin.replaces));
    const session = await store.insertSession(tx, {
      id: newId('ses'),
      ...{ accountId, stage, tokenHash: hashOf(token), ...seenAs(origin) },
    });
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
