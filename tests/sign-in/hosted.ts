import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import { startService } from '../../server/wiring/service.ts';
import { createTestDatabase } from '../harness/database.ts';
import { startGoogle } from './google.ts';
import { makeVisitor } from './visitor.ts';

/** Where people see the installation: a proxy would stand there and speak TLS. */
export const ORIGIN = 'https://clipt.test';
export const STAFF = 'staff@example.org';

/** Clipt with sign-in for everybody, on a real OpenID provider, Postgres and HTTP. */
export async function openHosted(env: Readonly<Record<string, string>> = {}) {
  await using opening = new AsyncDisposableStack();
  const database = await createTestDatabase();
  opening.defer(() => database.close());
  const google = await startGoogle();
  opening.defer(() => google.stop());
  const dataDir = await mkdtemp(join(tmpdir(), 'clipt-hosted-'));
  opening.defer(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig(
    {
      ...{ CLIPT_DATA_DIR: dataDir, CLIPT_PORT: '0', DATABASE_URL: database.url },
      ...{
        CLIPT_URL: ORIGIN,
        CLIPT_SECRET: 'a secret of the tests that is long enough',
        TRUSTED_PROXIES: '1',
        CLIPT_SECURITY_CONTACT: 'security@clipt.test',
      },
      ...{ AUTH_GOOGLE_ID: 'clipt-tests', AUTH_GOOGLE_SECRET: 'not a secret' },
      ...{ AUTH_GOOGLE_ISSUER: google.url, ADMIN_EMAILS: STAFF },
      ...env,
    },
    join(dataDir, 'no.env'),
  );
  const clipt = await openClipt(config);
  opening.defer(() => clipt[Symbol.asyncDispose]());
  const service = await startService(clipt, config);
  opening.defer(() => service.stop());
  const stack = opening.move();
  let visitors = 0;
  return {
    ...{ clipt, database, google, config, service },
    /** A new browser, at an address of its own. */
    visit() {
      visitors += 1;
      return makeVisitor({
        url: service.heard,
        origin: ORIGIN,
        ip: `198.51.100.${visitors % 250}`,
      });
    },
    close: () => stack.disposeAsync(),
  };
}

export type Hosted = Awaited<ReturnType<typeof openHosted>>;
