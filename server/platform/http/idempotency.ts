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
/** Refusals that another try may get past, as may any of our own failures: they free the key. */
const PASSING = new Set([401, 402, 403, 408, 409, 429]);

/** The JSON is kept as text, so that a repeat gets the very bytes, whatever characters they stand for. */
const keptAnswer = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  json: z.string().nullable(),
});
type KeptAnswer = z.infer<typeof keptAnswer>;

export type IdempotentRequest = KeyUse & {
  /** What tells this request from another under the same key: its JSON. */
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly requestId: string;
};

type Work = (
  saveAnswer: (tx: Database, answer: Answer) => Promise<void>,
) => Promise<Answer | Response>;

/** Keeps the first answer of each `Idempotency-Key`, so that a repeat makes nothing and gets the same. */
export function makeIdempotency(db: Database) {
  return {
    /**
     * Runs `work` once for the key. `work` may store its answer in the transaction that makes what it tells of; else
     * it is stored afterwards. Whatever passes (see `PASSING`) frees the key instead. A process that dies in between
     * leaves the key locked for the time limit of the work and half a minute; then the next repeat takes it over.
     * Throws `idempotency_in_progress`, `idempotency_key_reused` and what `work` throws.
     */
    async once(request: IdempotentRequest, work: Work): Promise<Answer | Response> {
      const { accountId, route, key } = request;
      const use = { accountId, route, key };
      const holder = randomUUID();
      const leaseMs = request.timeoutMs + SPARE_MS;
      const claim = { bodyHash: hashOf(request.body), holder, leaseMs };
      if (!(await store.take(db, use, claim))) {
        const kept = await findAnswer(use, claim);
        if (kept) return replayOf(kept);
      }
      return await perform(request, holder, work);
    },
  };

  /** The answer of the first request, or null when the key has become ours. */
  async function findAnswer(use: KeyUse, claim: store.Claim): Promise<KeptAnswer | null> {
    const found = await store.find(db, use);
    // Freed since: the client comes back and finds the key free.
    if (!found) throw new InProgress();
    if (found.isFree && (await store.takeOver(db, use, claim))) return null;
    if (found.bodyHash !== claim.bodyHash) throw new KeyReused();
    const answer = keptAnswer.safeParse(found.answer);
    if (!answer.success) throw new InProgress();
    return answer.data;
  }

  async function perform(
    { requestId, ...use }: IdempotentRequest,
    holder: string,
    work: Work,
  ): Promise<Answer | Response> {
    const answer = await work(async (tx, told) => {
      // Another process has taken over: what this one made must not stand beside what that one makes.
      if (!(await store.keepAnswer(tx, use, holder, kept(told)))) throw new InProgress();
    }).catch(async (error: unknown) => {
      await settle(use, holder, refusalOf(asProblem(error), use.route, requestId));
      throw error;
    });
    const plain = answer instanceof Response ? await plainAnswer(answer) : answer;
    await settle(use, holder, plain);
    return plain ?? answer;
  }

  /** Keeps an answer that is final, else frees the key. If that fails, the key is free once its time is over. */
  async function settle(use: KeyUse, holder: string, answer: Answer | null): Promise<void> {
    const isKept = answer !== null && isFinal(answer.status);
    const done = isKept
      ? store.keepAnswer(db, use, holder, kept(answer))
      : store.free(db, use, holder);
    // The work is done: its answer goes out whether it can be kept or not.
    await done.catch(() => undefined);
  }
}

export type Idempotency = ReturnType<typeof makeIdempotency>;

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

function refusalOf(problem: Problem, route: string, requestId: string): Answer {
  const instance = route.slice(route.indexOf(' ') + 1);
  const headers = { ...problem.headers, 'Content-Type': 'application/problem+json' };
  return {
    status: problem.status,
    headers,
    body: toProblemJson(problem, { instance, requestId }),
  };
}

function isFinal(status: number): boolean {
  return status < 500 && !PASSING.has(status);
}

function kept({ status, headers = {}, body, json }: Answer): KeptAnswer {
  const text = json ?? (body === undefined ? null : JSON.stringify(body));
  return { status, headers: { ...headers }, json: text };
}

function replayOf({ status, headers, json }: KeptAnswer): Answer {
  const marked = { ...headers, 'Idempotency-Replayed': 'true' };
  return { status, headers: marked, ...(json === null ? {} : { json }) };
}

/** A handler's own response as an answer that can be kept; null for streams and files. */
async function plainAnswer(response: Response): Promise<Answer | null> {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  if (response.body === null) return { status, headers };
  const isJson = /^application\/(?:[a-z.-]+\+)?json\b/.test(headers['content-type'] ?? '');
  return isJson ? { status, headers, json: await response.text() } : null;
}

function hashOf(content: unknown): string {
  return createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex');
}

class InProgress extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'idempotency_in_progress',
      message: 'The first request with this Idempotency-Key is still being answered.',
      action: 'Send the same request again in a few seconds.',
      retryable: true,
      headers: { 'Retry-After': String(RETRY_SECONDS) },
    });
  }
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
