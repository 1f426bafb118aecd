import type { StaffStanding } from '../accounts/standing.ts';
import type { Clipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { Endpoint } from '../platform/http/endpoint.ts';
import { type Cookie, cookieFor } from '../sessions/cookie.ts';
import { makeLinkEndpoint } from '../sessions/routes.ts';
import { makeAdmit } from '../sign-in/admit.ts';
import { makeGoogleSignIn } from '../sign-in/google.ts';
import { makeSignInEndpoints } from '../sign-in/routes.ts';
import type { Desk } from '../support/desk.ts';
import { makeSupport, type Support } from '../support/support.ts';
import { makeTwoFactorEndpoints } from '../two-factor/routes.ts';
import { openDesk, standingOf } from './desk.ts';

/** How people come in: by the owner's link on this machine, or with Google from anywhere. */
export type Entrance = {
  readonly by: 'link' | 'google';
  /** The cookie of a session. */
  readonly cookie: Cookie;
  readonly standing: StaffStanding;
  readonly support: Support;
  readonly desk: Desk;
  readonly endpoints: readonly Endpoint[];
};

/** `url` is where people see the installation. */
export function makeEntrance(
  clipt: Clipt,
  { signIn }: Pick<Config, 'signIn'>,
  url: string,
): Entrance {
  const { db, audit, lookEnds: ends } = clipt;
  const cookie = cookieFor(url);
  const way = signIn ? makeGoogleWay(clipt, signIn, cookie) : makeLinkWay(clipt, cookie);
  const standing = standingOf(clipt, { signIn });
  const support = makeSupport({ db, audit, ends, standing, cookie: cookieFor(url, 'imp') });
  return { ...way, cookie, standing, support, desk: openDesk(clipt, { signIn }) };
}

type Way = Pick<Entrance, 'by' | 'endpoints'>;

function makeLinkWay({ sessions }: Clipt, cookie: Cookie): Way {
  return {
    by: 'link',
    endpoints: [makeLinkEndpoint({ sessions, cookie })],
  };
}

function makeGoogleWay(
  { db, sessions, secrets, twoFactor, log }: Clipt,
  { origin, ...google }: NonNullable<Config['signIn']>,
  cookie: Cookie,
): Way {
  const admit = makeAdmit({
    ...{ db, sessions },
    owesSecondFactor: (tx, accountId) => twoFactor.isEnabled(accountId, tx),
  });
  return {
    by: 'google',
    endpoints: [
      ...makeSignInEndpoints(makeGoogleSignIn({ origin, secrets, google, cookie, admit, log })),
      ...makeTwoFactorEndpoints({ twoFactor, setCookie: cookie.set }),
    ],
  };
}
