import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { Database } from '../postgres/database.ts';
import { asProblem, Problem, toProblemJson } from '../problem.ts';
import type { Answer } from './endpoint.ts';
import type { KeyUse } from './idempotency-store.ts';
import * as store from './idempotency-store.ts';

export { purge as purgeIdempotencyKeys } from './idempotency-store.ts';

/** Time beyond the handler's own before a key counts as given up by a process that died. */
const SPARE_MS = 30_000;
const RETRY_SECONDS = 2;
/** Answers that another try may change: they free the key. Every other refusal is kept. */
const PASSING = new Set([401, 402, 403, 408, 409, 429]);

const keptAnswer = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});
type KeptAnswer = z.infer<typeof keptAnswer>;

export type IdempotentRequest = KeyUse & {
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly requestId: string;
};

/** Keeps the first answer of each `Idempotency-Key`, so that a repeat makes nothing and gets the same. */
export function makeIdempotency(db: Database) {
  return {
    /**
     * Runs `work` once for the key. `work` may store its answer in the transaction that makes what it tells of; else
     * it is stored afterwards. Throws `idempotency_in_progress` and `idempotency_key_reused`.
     */
    async once(
      request: IdempotentRequest,
      work: (
        saveAnswer: (tx: Database, answer: Answer) => Promise<void>,
      ) => Promise<Answer | Response>,
    ): Promise<Answer | Response> {
      const { accountId, route, key } = request;
      const use = { accountId, route, key };
      const bodyHash = hashOf(request.body);
      const holder = randomUUID();
      const leaseMs = request.timeoutMs + SPARE_MS;
      if (!(await store.claim(db, use, { bodyHash, holder, leaseMs }))) {
        return await replay(use, bodyHash);
      }
      const save = async (tx: Database, answer: Answer) => {
        // Another process has taken over: what this one made must not stand beside what that one makes.
        if (!(await store.keepAnswer(tx, use, holder, kept(answer)))) throw inProgress();
      };
      let saved = false;
      try {
        const answer = await work(async (tx, told) => {
          await save(tx, told);
          saved = true;
        });
        if (answer instanceof Response) await store.free(db, use, holder);
        else await store.keepAnswer(db, use, holder, kept(answer));
        return answer;
      } catch (error) {
        const problem = asProblem(error);
        const { status } = problem;
        const isFinal = status >= 400 && status < 500 && !PASSING.has(status);
        if (isFinal && !saved) {
          const about = {
            instance: route.slice(route.indexOf(' ') + 1),
            requestId: request.requestId,
          };
          const body = toProblemJson(problem, about);
          await store.keepAnswer(db, use, holder, { status, headers: PROBLEM_TYPE, body });
        } else await store.free(db, use, holder).catch(() => undefined);
        throw error;
      }
    },
  };

  async function replay(use: KeyUse, bodyHash: string): Promise<Answer> {
    const found = await store.find(db, use);
    if (found && found.bodyHash !== bodyHash) throw new KeyReused();
    const answer = keptAnswer.safeParse(found?.answer);
    if (!answer.success) throw inProgress();
    const { status, headers, body } = answer.data;
    return { status, headers: { ...headers, 'Idempotency-Replayed': 'true' }, body };
  }
}

export type Idempotency = ReturnType<typeof makeIdempotency>;

const PROBLEM_TYPE = { 'Content-Type': 'application/problem+json' };

/** The key as given, or a Problem that says what a key is. */
export function parseIdempotencyKey(header: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(header)) return header;
  throw new Problem({
    kind: 'invalid',
    code: 'bad_idempotency_key',
    status: 400,
    message: 'The Idempotency-Key is not 1 to 255 printable characters.',
    action: 'Use a UUID, made anew for each thing you want made once.',
  });
}

function kept({ status, headers = {}, body = null }: Answer): KeptAnswer {
  return { status, headers: { ...headers }, body };
}

function hashOf(body: unknown): string {
  return createHash('sha256')
    .update(canonicalize(body ?? null) ?? '')
    .digest('hex');
}

function inProgress(): Problem {
  return new Problem({
    kind: 'conflict',
    code: 'idempotency_in_progress',
    message: 'The first request with this Idempotency-Key is still being answered.',
    action: 'Send the same request again in a few seconds.',
    retryable: true,
    headers: { 'Retry-After': String(RETRY_SECONDS) },
  });
}

class KeyReused extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'idempotency_key_reused',
      message: 'This Idempotency-Key was used with another body.',
      action: 'Use a new key for a new request.',
    });
  }
}
