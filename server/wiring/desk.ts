import { makeOwnerStanding, makeStanding, type StaffStanding } from '../accounts/standing.ts';
import type { Clipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { type Desk, makeDesk } from '../support/desk.ts';

/** Who is staff here, and how people prove again who they are. */
export function standingOf(
  { db, twoFactor }: Pick<Clipt, 'db' | 'twoFactor'>,
  { signIn }: Pick<Config, 'signIn'>,
): StaffStanding {
  if (!signIn) return makeOwnerStanding(db);
  return makeStanding({
    ...{ db, adminEmails: signIn.adminEmails },
    hasSecondFactor: (accountId) => twoFactor.isEnabled(accountId),
  });
}

/** What staff see, for their pages and for the commands of whoever runs this installation. */
export function openDesk(clipt: Clipt, config: Pick<Config, 'signIn'>): Desk {
  const { db, secrets, audit, videos, keys, sessions, twoFactor } = clipt;
  return makeDesk({
    ...{ db, secrets, audit, videos, keys, sessions, twoFactor },
    standing: standingOf(clipt, config),
  });
}
