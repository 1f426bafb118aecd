import { setTimeout as delay } from 'node:timers/promises';
import { ApiProblem, retryAfterMsOf } from './problems.ts';

/** The longest that one answer may take, with its body. */
const ANSWER_MS = 60_000;
const TRIES = 5;
const LONGEST_PAUSE_MS = 30_000;
/** Limits count by the minute. Who is asked to stay away for longer is told so rather than kept waiting. */
const LONGEST_ASKED_MS = 60_000;

/**
 * A whole answer. What fails for a moment (the network, a limit, a restart, a twin of the request that is still being
 * answered) is asked again a few times, after the pause that the installation asks for. Rejects with an `ApiProblem`
 * `unreachable` when nobody answers, and with the reason of the request's own signal.
 */
export async function patientFetch(request: Request, firstPauseMs: number): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const answer = await ask(request);
    const askedMs = answer instanceof Response ? askedPauseMs(answer) : 0;
    if (askedMs === null || isAskedTooLong(askedMs) || tried === TRIES) {
      if (answer instanceof Response) return answer;
      throw answer;
    }
    const pause = pauseMs({ tried, askedMs, firstMs: firstPauseMs });
    await delay(pause, undefined, { signal: request.signal });
  }
}

async function ask(request: Request): Promise<Response | ApiProblem> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_MS)]);
  try {
    const { status, headers, body } = await fetch(request.clone(), { signal });
    // Read here, so that an answer that breaks off is asked for again like one that never came.
    const bytes = body && (await new Response(body).arrayBuffer());
    return new Response(bytes?.byteLength ? bytes : null, { status, headers });
  } catch (error) {
    request.signal.throwIfAborted();
    return ApiProblem.unreachable(error);
  }
}

/** How long to wait at least before the same request is sent again; null for an answer that is final. */
function askedPauseMs(answer: Response): number | null {
  const askedMs = retryAfterMsOf(answer);
  return answer.status === 429 || answer.status === 503 ? (askedMs ?? 0) : askedMs;
}

export function isAskedTooLong(askedMs: number): boolean {
  return askedMs > LONGEST_ASKED_MS;
}

/**
 * How long to wait after this many tries: what the installation asks for, and on top of it a pause that doubles up to half a
 * minute. Up to half of that is left to chance, so that those who lost the same installation do not all return at once.
 */
export function pauseMs(after: {
  readonly tried: number;
  readonly askedMs: number;
  readonly firstMs: number;
}): number {
  const grown = Math.min(LONGEST_PAUSE_MS, after.firstMs * 2 ** (after.tried - 1));
  return after.askedMs + grown * (1 - Math.random() / 2);
}

/** Notices that nothing is heard any more: a connection may die without a word. */
export type Silence = Disposable & {
  /** Aborts with the caller's signal, and after so long without a word. */
  readonly signal: AbortSignal;
  /** Passes on what comes, and counts from then on. */
  hear<Chunk>(stream: ReadableStream<Chunk>): ReadableStream<Chunk>;
};

export function listenFor(mostMs: number, caller: AbortSignal): Silence {
  const silent = new AbortController();
  const onSilent = () => silent.abort(new DOMException('Nothing is heard.', 'TimeoutError'));
  const timer = setTimeout(onSilent, mostMs);
  return {
    signal: AbortSignal.any([caller, silent.signal]),
    hear<Chunk>(stream: ReadableStream<Chunk>) {
      return stream.pipeThrough(
        new TransformStream<Chunk, Chunk>({
          transform(chunk, controller) {
            timer.refresh();
            controller.enqueue(chunk);
          },
        }),
      );
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
