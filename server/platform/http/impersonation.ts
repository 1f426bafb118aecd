import type { AccountId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Impersonation } from './endpoint.ts';

/** What was refused, in opaque ids. */
export type RefusedAttempt = {
  /** Such as `operation`, which nobody may do in another's account, or `expired`. */
  readonly why: string;
  /** Whose session it was. */
  readonly byId: AccountId;
  readonly isStaff: boolean;
  /** Whose account it would have touched, as far as that is for that person to hear of. */
  readonly accountId: AccountId | null;
  readonly impersonationId: string | null;
};

/** What staff may not do, or not any more. It goes on record before it is answered. */
export class ImpersonationForbidden extends Problem {
  readonly attempt: RefusedAttempt;

  constructor({
    attempt,
    ...words
  }: {
    readonly attempt: RefusedAttempt;
    readonly message: string;
    readonly action: string;
    readonly headers?: Readonly<Record<string, string>>;
  }) {
    super({ kind: 'denied', code: 'impersonation_forbidden', ...words });
    this.attempt = attempt;
  }
}

/** Which request it is about. */
export type RequestMark = { readonly operationId: string; readonly requestId: string };

/**
 * Keeps the record of staff who look at accounts. It is told before anything happens; what it rejects with is answered
 * instead, and nothing happens.
 */
export type StaffRecord = {
  /** They are about to change something in the account. */
  noteChange(
    look: Impersonation & { readonly accountId: AccountId },
    request: RequestMark,
  ): Promise<void>;
  noteRefusal(attempt: RefusedAttempt, request: RequestMark): Promise<void>;
};
