import { makeOwnerStanding, makeStanding } from '../accounts/standing.ts';
import type { Clipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { Endpoint } from '../platform/http/endpoint.ts';
import type { Standing } from '../platform/http/who-may-ask.ts';
import type { Cookie } from '../sessions/authenticate.ts';
import { type Began, makeAdmit } from '../sign-in/admit.ts';
import { makeGoogleSignIn } from '../sign-in/google.ts';
import { makeSignInEndpoints } from '../sign-in/routes.ts';
import { makeTwoFactorEndpoints } from '../two-factor/routes.ts';

/** How people come in: by the owner's link on this machine, or with Google from anywhere. */
export type Entrance = {
  readonly by: 'link' | 'google';
  readonly standing: Standing;
  readonly endpoints: readonly Endpoint[];
};

export function makeEntrance(
  clipt: Clipt,
  { signIn }: Pick<Config, 'signIn'>,
  cookie: Cookie,
): Entrance {
  const { db, sessions, secrets, twoFactor, audit, notify, log } = clipt;
  if (!signIn) return { by: 'link', standing: makeOwnerStanding(db), endpoints: [] };
  const { adminEmails, origin, ...google } = signIn;
  const admit = makeAdmit({
    ...{ db, sessions },
    owesSecondFactor: (tx, accountId) => twoFactor.isEnabled(accountId, tx),
    onBegan: async (tx, { account, session, isNew, isFamiliar }: Began) => {
      await audit.write(tx, {
        action: 'session.began',
        actor: { kind: 'user', accountId: account.id },
        ...{ subject: account.id, target: session.id },
        detail: { is_new: isNew, is_familiar: isFamiliar, stage: session.stage },
      });
      if (isFamiliar) return;
      const { device, place } = session;
      await notify.mail(tx, {
        accountId: account.id,
        kind: 'new_sign_in',
        data: { device, place },
      });
    },
  });
  return {
    by: 'google',
    standing: makeStanding({
      ...{ db, adminEmails },
      hasSecondFactor: (accountId) => twoFactor.isEnabled(accountId),
    }),
    endpoints: [
      ...makeSignInEndpoints(makeGoogleSignIn({ origin, secrets, google, cookie, admit, log })),
      ...makeTwoFactorEndpoints({ twoFactor, setCookie: cookie.set }),
    ],
  };
}
