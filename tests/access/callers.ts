import { SCOPES, type Scope, type SessionStage } from '../../server/platform/http/endpoint.ts';
import type { AccountId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { newSessionToken } from '../../server/sessions/sessions.ts';
import { addAccount } from '../harness/accounts.ts';
import { type Hosted, ORIGIN, STAFF } from '../sign-in/hosted.ts';
import type { Promised } from './promises.ts';

/** Whoever may stand before the service, and what each operation owes them. */

/** What is owed: to be let in, or a refusal by its status and code. */
export type Owed = 'in' | `${number} ${string}`;

export type CallerKind = {
  readonly name: string;
  /** Headers of one who comes anew, with what they have of this account. */
  arrive(hosted: Hosted, account: AccountId): Promise<Readonly<Record<string, string>>>;
  owed(promised: Promised, method: string): Owed;
  /** Put behind the address. */
  readonly query?: string;
};

const COOKIE = '__Host-clipt.session';
const PAGE = { origin: ORIGIN } as const;
const EVIL = { origin: 'https://evil.test' } as const;
const HIDDEN = { origin: 'null' } as const;

export const CALLERS: readonly CallerKind[] = [
  {
    name: 'nobody, on a page of ours',
    arrive: async () => PAGE,
    owed: ({ who }) => (who === 'anybody' ? 'in' : '401 unauthenticated'),
  },
  {
    name: 'a program without any credential',
    arrive: async () => ({}),
    owed: (promised) => owedToProgram(promised, '401 unauthenticated'),
  },
  sessionKind('a full session, just proven', {}),
  sessionKind('a full session, proven eleven minutes ago', { isProved: false }),
  sessionKind('a session that owes its second factor', { stage: 'second_factor' }),
  {
    name: 'a session begun to restore a deleted account',
    async arrive(hosted, account) {
      await giveUp(hosted, account);
      const { headers } = await beginSession(hosted, account, { stage: 'restore' });
      return { ...headers, ...PAGE };
    },
    owed: (promised) => owedToSession(promised, { stage: 'restore' }),
  },
  {
    name: 'a session of before its account was deleted',
    async arrive(hosted, account) {
      const { headers } = await beginSession(hosted, account, {});
      await giveUp(hosted, account);
      return { ...headers, ...PAGE };
    },
    owed: endedSession,
  },
  {
    name: 'a session that was revoked',
    async arrive(hosted, account) {
      const { id, headers } = await beginSession(hosted, account, {});
      await hosted.clipt.sessions.revoke(account, id);
      return { ...headers, ...PAGE };
    },
    owed: endedSession,
  },
  {
    name: 'a session beyond its time',
    async arrive(hosted, account) {
      const { id, headers } = await beginSession(hosted, account, {});
      await hosted.database.db.execute(
        sql`update sessions set created_at = now() - interval '31 days',
              expires_at = now() - interval '1 second' where id = ${id}`,
      );
      return { ...headers, ...PAGE };
    },
    owed: endedSession,
  },
  {
    name: 'a session whose cookie is there twice',
    async arrive(hosted, account) {
      const { headers } = await beginSession(hosted, account, {});
      return { cookie: `${headers.cookie}; ${headers.cookie}`, ...PAGE };
    },
    owed: endedSession,
  },
  {
    name: 'staff, who look at nobody',
    async arrive(hosted, account) {
      await makeStaff(hosted, account);
      const { headers } = await beginSession(hosted, account, {});
      return { ...headers, ...PAGE };
    },
    owed(promised) {
      if (promised.who !== 'staff') return owedToSession(promised, {});
      return promised.looking ? '404 impersonation_not_found' : 'in';
    },
  },
  {
    name: 'staff who look at the account',
    arrive: look,
    owed: ({ who, looking }) =>
      (who === 'session' || who === 'staff') && !looking ? '403 impersonation_forbidden' : 'in',
  },
  fromElsewhere('a full session, on a page of another origin', EVIL),
  fromElsewhere('a full session, on a page that hides its origin', HIDDEN),
  ...SCOPES.map((scope) => ({
    name: `a key for ${scope} alone`,
    arrive: (hosted: Hosted, account: AccountId) => makeKey(hosted, account, [scope]),
    owed: (promised: Promised) => owedToKey(promised, new Set([scope])),
  })),
  {
    name: 'a key for everything that keys may do',
    arrive: (hosted, account) => makeKey(hosted, account, SCOPES),
    owed: (promised) => owedToKey(promised, new Set(SCOPES)),
  },
  {
    name: 'a key for everything, and its text in the address as well',
    query: '?api_key=clipt_live_here',
    arrive: (hosted, account) => makeKey(hosted, account, SCOPES),
    owed: (promised) => owedToProgram(promised, '400 key_in_address'),
  },
  {
    name: 'a key of an account that was deleted',
    async arrive(hosted, account) {
      const headers = await makeKey(hosted, account, SCOPES);
      await giveUp(hosted, account);
      return headers;
    },
    owed: (promised) => owedToProgram(promised, '401 invalid_key'),
  },
  {
    name: 'a key that was revoked',
    async arrive(hosted, account) {
      const headers = await makeKey(hosted, account, SCOPES);
      for (const { id } of await hosted.clipt.keys.list(account)) {
        await hosted.clipt.keys.revoke(account, id);
      }
      return headers;
    },
    owed: (promised) => owedToProgram(promised, '401 invalid_key'),
  },
];

/** Somebody else with all that a person may have. */
export const STRANGERS: readonly CallerKind[] = CALLERS.filter(({ name }) =>
  ['a full session, just proven', 'a key for everything that keys may do'].includes(name),
);

type SessionState = { readonly stage?: SessionStage; readonly isProved?: boolean };

function sessionKind(name: string, state: SessionState): CallerKind {
  return {
    name,
    async arrive(hosted, account) {
      const { headers } = await beginSession(hosted, account, state);
      return { ...headers, ...PAGE };
    },
    owed: (promised) => owedToSession(promised, state),
  };
}

function fromElsewhere(name: string, page: { readonly origin: string }): CallerKind {
  return {
    name,
    async arrive(hosted, account) {
      const { headers } = await beginSession(hosted, account, {});
      return { ...headers, ...page };
    },
    owed(promised, method) {
      const owed = owedToSession(promised, {});
      return owed === 'in' && method !== 'get' ? '403 origin_rejected' : owed;
    },
  };
}

/** A session that is no longer good is nobody's, where it matters. */
function endedSession({ who }: Promised): Owed {
  return who === 'anybody' ? 'in' : '401 session_ended';
}

function owedToSession(
  { who, stages = ['full'], proof }: Promised,
  { stage = 'full', isProved = true }: SessionState,
): Owed {
  if (who === 'anybody') return 'in';
  if (!stages.includes(stage)) {
    if (stage === 'restore') return '403 account_deleted';
    return stage === 'second_factor' ? '403 second_factor_required' : '409 already_signed_in';
  }
  if (who === 'staff') return '403 staff_only';
  return proof && !isProved ? '403 step_up_required' : 'in';
}

/** Where anybody may come, a program may, unless only a page begins it; elsewhere its credential counts. */
function owedToProgram({ who, pagesOnly }: Promised, otherwise: Owed): Owed {
  if (who !== 'anybody') return otherwise;
  return pagesOnly ? '403 origin_rejected' : 'in';
}

function owedToKey(promised: Promised, scopes: ReadonlySet<Scope>): Owed {
  const { who } = promised;
  if (who === 'session' || who === 'staff') return '403 key_not_allowed';
  const isWithin = who === 'anybody' || scopes.has(who);
  return owedToProgram(promised, isWithin ? 'in' : '403 missing_scope');
}

async function beginSession(
  { clipt, database }: Hosted,
  accountId: AccountId,
  { stage = 'full', isProved = true }: SessionState,
) {
  const token = newSessionToken();
  const from = { userAgent: 'a test', ip: '198.51.100.1' };
  const { db } = database;
  const { session } = await clipt.sessions.begin(db, { accountId, stage, token }, from);
  const ago = isProved ? '1 second' : '11 minutes';
  await db.execute(
    sql`update sessions set proved_at = now() - ${ago}::interval where id = ${session.id}`,
  );
  return { id: session.id, headers: { cookie: `${COOKIE}=${token}` } };
}

/** By an address that the settings name, and with two-factor. */
async function makeStaff({ database }: Hosted, account: AccountId): Promise<void> {
  await database.db.execute(sql`update accounts set email = ${STAFF} where id = ${account}`);
  await database.db.execute(
    sql`insert into second_factors (account_id, secret, confirmed_at, created_at)
        values (${account}, ${Buffer.alloc(32)}, now(), now())
        on conflict (account_id) do update set confirmed_at = now()`,
  );
}

/** Other staff begin to look at the account. */
async function look(hosted: Hosted, account: AccountId) {
  const admin = await addAccount(hosted.database.db);
  await makeStaff(hosted, admin);
  const { headers } = await beginSession(hosted, admin, {});
  const begun = await fetch(`${hosted.service.heard}/app/admin/impersonations`, {
    method: 'POST',
    headers: { ...headers, ...PAGE, 'content-type': 'application/json' },
    body: JSON.stringify({ account_id: account, reason: 'They asked for help with a film.' }),
  });
  const [imp = ''] = (begun.headers.get('set-cookie') ?? '').split(';');
  return { cookie: `${headers.cookie}; ${imp}`, ...PAGE };
}

/** As its person would, whether or not it was given up before. */
async function giveUp({ clipt, database }: Hosted, account: AccountId): Promise<void> {
  await database.db.execute(
    sql`update accounts set deleted_at = null, purge_after = null where id = ${account}`,
  );
  await clipt.accountDeletion.schedule(account);
}

async function makeKey({ clipt }: Hosted, account: AccountId, scopes: readonly Scope[]) {
  const { text } = await clipt.keys.create(account, { name: 'one', scopes, expiresAt: null });
  return { authorization: `Bearer ${text}` };
}
