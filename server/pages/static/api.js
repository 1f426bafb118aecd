// How the pages talk to the API.

const TIMEOUT_MS = 30_000;

/** An answer that says no, in words that may be shown. A server that does not answer is a TypeError or a timeout. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, detail?: string, action?: string | null, method?: string }} problem
   * @param {number} retrySeconds how long to wait before asking again; 0 for no matter
   */
  constructor(status, problem, retrySeconds) {
    const words = [problem.detail ?? 'That did not work.', problem.action];
    super(words.filter(Boolean).join(' '));
    this.status = status;
    this.code = problem.code ?? 'unknown';
    /** How to prove who one is, where that is what is asked for. */
    this.method = problem.method ?? null;
    this.retrySeconds = retrySeconds;
  }

  /** Also of somebody who is only part of the way in. */
  get isSignedOut() {
    return this.status === 401 || ['second_factor_required', 'account_deleted'].includes(this.code);
  }
}

/**
 * Asks the API and gives what it answers; null for an answer without a body.
 *
 * @param {string} path
 * @param {{ method?: string, body?: unknown, headers?: Record<string, string> }} [options]
 */
export async function ask(path, { method = 'GET', body, headers = {} } = {}) {
  const answer = await fetch(path, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  const value = parse(text);
  if (answer.ok) return value;
  throw new Refusal(answer.status, value ?? {}, Number(answer.headers.get('retry-after') ?? 0));
}

/** Something in between, such as a proxy, may answer with a page of its own. */
function parse(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** What went wrong, for whoever reads the page. */
export function explain(error) {
  if (error instanceof Refusal) return error.message;
  return 'clipt does not answer. Check that it is still running, then try again.';
}

/**
 * Does things that may be refused, and says in `problem` why one was.
 *
 * @param {HTMLElement} problem
 * @param {() => void} onSignedOut
 * @returns {(work: () => Promise<void>) => Promise<void>}
 */
export function attemptIn(problem, onSignedOut) {
  return async (work) => {
    problem.hidden = true;
    try {
      await work();
    } catch (error) {
      if (error instanceof Refusal && error.isSignedOut) return onSignedOut();
      problem.textContent = explain(error);
      problem.hidden = false;
      problem.focus();
    }
  };
}
