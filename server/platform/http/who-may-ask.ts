import type { AccountId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Caller, Endpoint, SessionCredential } from './endpoint.ts';
import { ImpersonationForbidden } from './impersonation.ts';

/** How a person proves again who they are. */
export type StepUpMethod = 'totp' | 'google';

/** What an operation may ask about an account before it lets somebody in. Asked anew at every such request. */
export type Standing = {
  /** True for staff of this installation with all that being staff takes. */
  isStaff(accountId: AccountId): Promise<boolean>;
  /** Null where a session alone is proof enough. */
  stepUpMethod(accountId: AccountId): Promise<StepUpMethod | null>;
};

/** What an operation says of who may ask for it. */
export type Admission = Pick<Endpoint, 'access' | 'stages' | 'stepUp' | 'whileImpersonating'>;

/** How long a proof lasts. */
const PROOF_MS = 600_000;

/**
 * Throws unless the caller may ask for the operation: `key_not_allowed`, `missing_scope`, `second_factor_required`,
 * `account_deleted`, `already_signed_in`, `impersonation_forbidden`, `staff_only`, `step_up_required`.
 */
export async function assertMayAsk(
  caller: Caller,
  operation: Admission,
  standing: Standing,
): Promise<void> {
  const { via } = caller;
  const { access, stepUp = false } = operation;
  if (access === 'public') return;
  if (via.kind === 'key') {
    if (access === 'session' || access === 'admin') throw new KeyNotAllowed();
    if (!via.scopes.has(access)) throw new MissingScope(access);
    return;
  }
  assertOneself(caller, via, operation);
  assertStage(via, operation);
  const person = holderOf(caller);
  if (access === 'admin' && !(await standing.isStaff(person))) throw new StaffOnly();
  if (!stepUp || isProved(via)) return;
  const method = await standing.stepUpMethod(person);
  if (method !== null) throw new StepUpRequired(method);
}

function assertStage({ stage }: SessionCredential, { stages = ['full'] }: Admission): void {
  if (stages.includes(stage)) return;
  if (stage === 'restore') throw new AccountDeleted();
  throw stage === 'second_factor' ? new SecondFactorRequired() : new NothingOwed();
}

/** Whose session it is: of staff who look at an account it is their own. */
export function holderOf({ accountId, via }: Caller): AccountId {
  return via.kind === 'session' ? (via.impersonation?.adminId ?? accountId) : accountId;
}

function assertOneself(
  { accountId }: Caller,
  { impersonation }: SessionCredential,
  { access, whileImpersonating = false }: Admission,
): void {
  if (impersonation === null || whileImpersonating) return;
  if (access !== 'session' && access !== 'admin') return;
  const { id, adminId } = impersonation;
  throw new ImpersonationForbidden({
    attempt: { why: 'operation', byId: adminId, isStaff: true, accountId, impersonationId: id },
    message: 'Staff who look at an account cannot do this in it.',
    action: 'Ask the person whose account it is to do it.',
  });
}

function isProved({ provedAt }: SessionCredential): boolean {
  return provedAt !== null && Date.now() - provedAt.getTime() <= PROOF_MS;
}

class KeyNotAllowed extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'key_not_allowed',
      message: 'An API key cannot do this.',
      action: 'Sign in and do it in the browser.',
    });
  }
}

class MissingScope extends Problem {
  constructor(scope: string) {
    super({
      kind: 'denied',
      code: 'missing_scope',
      message: `The API key does not have the scope ${scope}.`,
      action: `Make a key with the scope ${scope}.`,
      details: { required_scope: scope },
    });
  }
}

class SecondFactorRequired extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'second_factor_required',
      message: 'The second step of signing in is missing.',
      action: 'Enter the code of your authenticator app, or a recovery code.',
    });
  }
}

class NothingOwed extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'already_signed_in',
      message: 'This session is signed in already.',
      action: 'Go on; there is nothing to confirm.',
    });
  }
}

class AccountDeleted extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'account_deleted',
      message: 'This account is being deleted.',
      action: 'Restore it, or sign out.',
    });
  }
}

class StaffOnly extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'staff_only',
      message: 'This is for the staff of this installation, with two-factor authentication.',
      action: 'Sign in with an address that is in ADMIN_EMAILS, and set up two-factor.',
    });
  }
}

class StepUpRequired extends Problem {
  constructor(method: StepUpMethod) {
    super({
      kind: 'denied',
      code: 'step_up_required',
      message: 'This needs a proof of who you are that is at most ten minutes old.',
      action:
        method === 'totp'
          ? 'Enter the code of your authenticator app, then send the request again.'
          : 'Sign in with Google again, then send the request again.',
      details: { method },
    });
  }
}
