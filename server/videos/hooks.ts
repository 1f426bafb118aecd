import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem, Problem } from '../platform/problem.ts';
import type { Filming } from './filming.ts';
import { hashOfToken } from './take-orders.ts';
import { findByCallback } from './take-store.ts';

/** Where vendors call: the path below the public address, before the token. */
export const HOOK_PATH = '/hooks/clips';

/** What a vendor tells is a hint: as much of it as names a task. */
const hintSchema = z.looseObject({ id: z.string().regex(/^[\w.:-]{1,128}$/) });

/**
 * Vendors' callbacks about clips. The address is known to the vendor alone; what comes is believed only after the
 * vendor was asked, and an unknown address is nothing.
 */
export function makeHookEndpoint({
  db,
  filming,
  log,
}: {
  readonly db: Database;
  readonly filming: Filming;
  readonly log: Log;
}): Endpoint {
  return defineEndpoint({
    method: 'post',
    path: `${HOOK_PATH}/{token}`,
    operationId: 'takeClipHint',
    summary: 'A vendor tells of a clip',
    tag: 'Service',
    access: 'public',
    limit: 'write',
    idempotent: false,
    maxBodyBytes: 256 * 1024,
    params: z.object({ token: z.string().regex(/^[0-9a-f]{32}$/) }),
    body: z.unknown(),
    answers: { 204: { description: 'Heard' } },
    async handle({ params, body, signal }) {
      const take = await findByCallback(db, hashOfToken(params.token));
      if (!take) throw new NoSuchHook();
      const hint = hintSchema.safeParse(body);
      if (hint.success) {
        // Late or wrong: the polls go on whatever became of this.
        await filming.hint(take, hint.data.id, { signal }).catch((error) => {
          log.warn('hook.ignored', { code: asProblem(error).code });
        });
      }
      return { status: 204 };
    },
  });
}

class NoSuchHook extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'not_found',
      message: 'There is nothing at this address.',
    });
  }
}
