import type { Credentials } from '../platform/http/app.ts';
import type { Caller } from '../platform/http/endpoint.ts';
import type { Banner } from '../platform/http/stored-pages.ts';
import { Problem } from '../platform/problem.ts';
import { bannerForPerson, bannerForStaff } from '../support/banner.ts';
import type { Support } from '../support/support.ts';

/** What pages say of staff who look at accounts: to them, and to the person whose account it is. */
export function makeBanner({
  authenticate,
  support,
}: {
  readonly authenticate: (credentials: Credentials) => Promise<Caller | null>;
  readonly support: Pick<Support, 'latestLook'>;
}): Banner {
  return async (cookies) => {
    const caller = await whoHolds(cookies);
    if (caller?.via.kind !== 'session') return null;
    const { accountId, via } = caller;
    if (via.impersonation) return bannerForStaff(via.impersonation, accountId);
    const look = await support.latestLook(accountId);
    return look && bannerForPerson(look);
  };

  /** A page is for everybody: cookies that are worth nothing are nobody’s. */
  async function whoHolds(cookies: string): Promise<Caller | null> {
    const header = (name: string) => (name === 'cookie' ? cookies : undefined);
    try {
      return await authenticate({ header, query: {}, ip: '' });
    } catch (error) {
      if (error instanceof Problem && error.kind === 'denied') return null;
      throw error;
    }
  }
}
