import { findAccount, lockAccount } from '../accounts/accounts.ts';
import { AccountNotFound } from '../accounts/errors.ts';
import type { Audit, AuditEntry } from '../audit/audit.ts';
import type { MailMessage, Notify } from '../notify/notify.ts';
import type { Clock } from '../platform/clock.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { Problem } from '../platform/problem.ts';
import { makeSealer } from '../platform/sealer.ts';
import type { BegunSession, SessionId, Sessions } from '../sessions/sessions.ts';
import { hashOfCode, newRecoveryCodes, readCode, type TypedCode } from './codes.ts';
import {
  AlreadyEnabled,
  CodeInvalid,
  CodesLocked,
  EnrolmentNotFound,
  NotEnabled,
  SecretUnreadable,
} from './errors.ts';
import type { SecondFactorRow } from './schema.ts';
import * as store from './store.ts';
import { afterFailure, lockedForMs } from './throttle.ts';
import { newTotpSecret, stepOfCode, totpUri } from './totp.ts';

export type TwoFactorDeps = {
  readonly db: Database;
  /** The installation's: the first seals, all open. */
  readonly secrets: readonly string[];
  readonly sessions: Pick<
    Sessions,
    'renew' | 'revokeOthers' | 'revokeAll' | 'isLive' | 'countWrongCode'
  >;
  readonly audit: Pick<Audit, 'write'>;
  readonly notify: Pick<Notify, 'mail'>;
  readonly now: Clock;
  /** How this installation is called in people's authenticator apps. */
  readonly issuer: string;
};

/** Whose second factor, and in which session. */
export type Person = { readonly accountId: AccountId; readonly sessionId: SessionId };

/** What an authenticator app has to know, shown this once. */
export type Enrolment = { readonly secret: string; readonly uri: string };

export type TwoFactorState = {
  /** Null while two-factor is off. */
  readonly enabledAt: Date | null;
  readonly recoveryCodesLeft: number;
};

type Change = NonNullable<MailMessage['data']>['change'];

const ENROLMENT_MS = 3600_000;
/** No code is of this step: it takes the way of every wrong code, which is the way of every replayed one. */
const NO_STEP = 0;

/** The second factor after Google: codes of an authenticator app, and recovery codes for when it is lost. */
export function makeTwoFactor(deps: TwoFactorDeps) {
  const { db, sessions, audit, notify, now } = deps;
  const sealer = makeSealer(deps.secrets, {
    purpose: 'totp-secrets',
    unreadable: () => new SecretUnreadable(),
  });

  return {
    /** True where signing in takes a second factor. */
    isEnabled: async (accountId: AccountId, within: Database = db): Promise<boolean> =>
      (await store.find(within, accountId)) !== null,

    async state(accountId: AccountId): Promise<TwoFactorState> {
      const factor = await store.find(db, accountId);
      const recoveryCodesLeft = await store.countRecoveryCodes(db, accountId);
      return { enabledAt: factor?.confirmedAt ?? null, recoveryCodesLeft };
    },

    /** A new secret, in place of one that was not confirmed. Rejects with `two_factor_enabled`. */
    async enrol(accountId: AccountId): Promise<Enrolment> {
      const secret = newTotpSecret();
      const sealed = sealer.seal(secret, accountId);
      const row = { accountId, secret: sealed, createdAt: now() };
      if (!(await store.enrol(db, row))) throw new AlreadyEnabled();
      const account = await findAccount(db, accountId);
      const label = account?.email ?? 'clipt';
      return { secret, uri: totpUri(secret, { issuer: deps.issuer, label }) };
    },

    /**
     * Turns two-factor on, since the app has shown a code of its secret: every other session ends, and this one goes on
     * under another token. The recovery codes are shown this once. Rejects with `enrolment_not_found` an hour after
     * `enrol`, and with `totp_invalid`.
     */
    async confirm(
      person: Person,
      code: string,
    ): Promise<BegunSession & { readonly recoveryCodes: readonly string[] }> {
      const { accountId, sessionId } = person;
      return await db.transaction(async (tx) => {
        // A sign-in that did not see the second factor has begun its session by now, or will see it.
        await lockAccount(tx, accountId);
        const at = now();
        const factor = await store.lockEnrolment(tx, accountId, before(at, ENROLMENT_MS));
        if (!factor) throw new EnrolmentNotFound();
        const typed = readCode(code);
        const secret = sealer.open(factor.secret, accountId);
        const step = typed.kind === 'totp' ? stepOfCode(secret, typed.digits, at) : null;
        if (step === null) throw new CodeInvalid();
        await store.confirm(tx, accountId, { at, step });
        const recoveryCodes = await makeRecoveryCodes(tx, accountId);
        await sessions.revokeOthers(accountId, sessionId, tx);
        const begun = await sessions.renew(tx, { accountId, id: sessionId, stage: 'full' });
        await record(tx, person, 'two_factor.enabled');
        await tell(tx, begun, 'turned_on');
        return { ...begun, recoveryCodes };
      });
    },

    /** Turns two-factor off and ends every other session. Rejects with `two_factor_not_enabled`. */
    async disable(person: Person): Promise<void> {
      const { accountId, sessionId } = person;
      await db.transaction(async (tx) => {
        await lockAccount(tx, accountId);
        if (!(await store.remove(tx, accountId))) throw new NotEnabled();
        await sessions.revokeOthers(accountId, sessionId, tx);
        await record(tx, person, 'two_factor.disabled');
        await notify.mail(tx, mailOf(accountId, 'turned_off'));
      });
    },

    /**
     * Takes the second factor from somebody who has lost app and codes, at the word of whoever runs the installation, and
     * ends all their sessions. Rejects with `account_not_found`, `two_factor_not_enabled`, and `audit_entry_refused` for
     * a reason that cannot go on record.
     */
    async reset(accountId: AccountId, reason: string): Promise<{ readonly endedSessions: number }> {
      return await db.transaction(async (tx) => {
        if (!(await findAccount(tx, accountId))) throw new AccountNotFound();
        await lockAccount(tx, accountId);
        if (!(await store.remove(tx, accountId))) throw new NotEnabled();
        const endedSessions = await sessions.revokeAll(accountId, tx);
        await audit.write(tx, {
          action: 'two_factor.reset',
          actor: { kind: 'operator', accountId: null },
          ...{ subject: accountId, detail: { reason } },
        });
        const message = mailOf(accountId, 'reset');
        await notify.mail(tx, { ...message, data: { ...message.data, reason } });
        return { endedSessions };
      });
    },

    /** Ten new recovery codes in place of all others, shown this once. Rejects with `two_factor_not_enabled`. */
    async renewRecoveryCodes(person: Person): Promise<readonly string[]> {
      const { accountId } = person;
      return await db.transaction(async (tx) => {
        if (!(await store.lock(tx, accountId))) throw new NotEnabled();
        const codes = await makeRecoveryCodes(tx, accountId);
        await record(tx, person, 'two_factor.recovery_codes_made');
        await notify.mail(tx, mailOf(accountId, 'codes_renewed'));
        return codes;
      });
    },

    /**
     * Takes a code of the app or a recovery code, each once: the session is in, or freshly proved, under another token.
     * Rejects with `totp_invalid`, and with `two_factor_locked` for 15 minutes after ten wrong codes of the account within
     * 15. Five wrong codes in a row end the session, so that who has stolen it can neither guess on nor keep others out.
     */
    async prove(person: Person, code: string): Promise<BegunSession> {
      const end = await db.transaction((tx) => judge(tx, person, readCode(code)));
      // Thrown only now, because the wrong code has to stay counted.
      if (end instanceof Problem) throw end;
      return end;
    },
  };

  async function judge(
    tx: Database,
    person: Person,
    typed: TypedCode,
  ): Promise<BegunSession | Problem> {
    const { accountId, sessionId } = person;
    const factor = await store.lock(tx, accountId);
    if (!factor) return new NotEnabled();
    // Of several codes at once, those that come after the session's end are not even looked at.
    if (!(await sessions.isLive(tx, accountId, sessionId))) return new CodeInvalid();
    const at = now();
    const lockedMs = lockedForMs(factor, at);
    if (lockedMs > 0) return new CodesLocked(lockedMs);
    if (!(await take(tx, factor, typed, at))) return await refuse(tx, person, factor, at);
    const account = await findAccount(tx, accountId);
    const stage = account?.deletedAt == null ? 'full' : 'restore';
    const begun = await sessions.renew(tx, { accountId, id: sessionId, stage });
    await record(tx, person, 'session.stepped_up', { method: typed.kind, stage });
    if (typed.kind === 'recovery_code') {
      const left = await store.countRecoveryCodes(tx, accountId);
      await record(tx, person, 'two_factor.recovery_code_used', { left });
      await tell(tx, begun, 'recovery_code_used');
    }
    return begun;
  }

  async function take(
    tx: Database,
    { accountId, secret: sealed }: SecondFactorRow,
    typed: TypedCode,
    at: Date,
  ): Promise<boolean> {
    if (typed.kind !== 'totp') return await store.useRecoveryCode(tx, accountId, typed.hash, at);
    const secret = sealer.open(sealed, accountId);
    const step = stepOfCode(secret, typed.digits, at) ?? NO_STEP;
    // Sealed anew, so that a former secret of the installation can go once everybody has come by.
    return await store.takeStep(tx, accountId, { step, secret: sealer.seal(secret, accountId) });
  }

  async function refuse(
    tx: Database,
    person: Person,
    factor: SecondFactorRow,
    at: Date,
  ): Promise<Problem> {
    const { accountId, sessionId } = person;
    const throttle = afterFailure(factor, at);
    await store.setThrottle(tx, accountId, throttle);
    await sessions.countWrongCode(tx, accountId, sessionId);
    await record(tx, person, 'two_factor.failed');
    if (throttle.lockedUntil !== null) {
      await record(tx, person, 'two_factor.locked');
      await notify.mail(tx, mailOf(accountId, 'locked'));
    }
    return new CodeInvalid();
  }

  async function record(
    tx: Database,
    { accountId, sessionId }: Person,
    action: AuditEntry['action'],
    detail: NonNullable<AuditEntry['detail']> = {},
  ): Promise<void> {
    const actor = { kind: 'user', accountId } as const;
    await audit.write(tx, { action, actor, subject: accountId, target: sessionId, detail });
  }

  async function tell(tx: Database, { session }: BegunSession, change: Change): Promise<void> {
    const { accountId, device, place } = session;
    const message = mailOf(accountId, change);
    await notify.mail(tx, { ...message, data: { ...message.data, device, place } });
  }
}

export type TwoFactor = ReturnType<typeof makeTwoFactor>;

async function makeRecoveryCodes(tx: Database, accountId: AccountId): Promise<readonly string[]> {
  const codes = newRecoveryCodes();
  await store.replaceRecoveryCodes(tx, accountId, codes.map(hashOfCode));
  return codes;
}

function mailOf(accountId: AccountId, change: Change): MailMessage {
  return { accountId, kind: 'two_factor_changed', data: { change } };
}

function before(at: Date, ms: number): Date {
  return new Date(at.getTime() - ms);
}
