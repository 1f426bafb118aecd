import { ImpersonationForbidden } from '../platform/http/impersonation.ts';
import type { AccountId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import type { ImpersonationId } from './schema.ts';

export class ImpersonationNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'impersonation_not_found',
      message: 'This session looks at no account.',
    });
  }
}

/** Of accounts that are staff themselves, and of a second account beside the first. */
export class MayNotBegin extends ImpersonationForbidden {
  constructor(why: 'staff_account' | 'under_way', byId: AccountId, accountId: AccountId) {
    super({
      attempt: { why, byId, isStaff: true, accountId, impersonationId: null },
      ...(why === 'under_way'
        ? {
            message: 'This session looks at an account already.',
            action: 'End that first: DELETE /app/admin/impersonations/current.',
          }
        : {
            message: 'Accounts of staff are looked at by nobody else.',
            action: 'Ask that person.',
          }),
    });
  }
}

export type NotLive = 'unknown' | 'another_session' | 'over' | 'not_staff' | 'account_changed';

/** A cookie that is worth nothing, or nothing any more; it is taken away. */
export class LookIsOver extends ImpersonationForbidden {
  constructor({
    why,
    byId,
    ...about
  }: {
    readonly why: NotLive;
    readonly byId: AccountId;
    readonly isStaff: boolean;
    readonly accountId: AccountId | null;
    readonly impersonationId: ImpersonationId | null;
    readonly clearCookie: string;
  }) {
    const { clearCookie, ...rest } = about;
    super({
      attempt: { why, byId, ...rest },
      message: 'You do not look at that account any more.',
      action: 'Send the request again to do it in your own account, or begin anew with a reason.',
      headers: { 'Set-Cookie': clearCookie },
    });
  }
}
