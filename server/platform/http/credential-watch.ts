import type { Log } from '../log.ts';
import { asProblem } from '../problem.ts';
import type { Caller } from './endpoint.ts';

/** Those whose key, session or look at an account is still good: asked of the rows, for all of them together. */
export type StillGood = (callers: readonly Caller[]) => Promise<ReadonlySet<Caller>>;

export type CredentialWatchDeps = {
  readonly stillGood: StillGood;
  readonly log: Log;
  /** How long after its end a credential may still be followed by; default 3 s. */
  readonly everyMs?: number;
};

type Watched = { readonly caller: Caller; readonly lapses: Set<() => void> };

const EVERY_MS = 3_000;
/** Whoever cannot be asked about is let go after so many rounds, and may come back. */
const MOST_UNANSWERED = 5;

/**
 * Watches the credentials of those whose answers go on: streams and long polls. Asked anew now and then rather than told of
 * each end: a credential also ends by the clock, and by settings, and a message may be lost. However many follow by
 * one credential, it is asked about once a round, and nothing is asked while nobody follows.
 */
export function makeCredentialWatch({ stillGood, log, everyMs = EVERY_MS }: CredentialWatchDeps) {
  const watched = new Map<string, Watched>();
  let isWaiting = false;
  let unanswered = 0;

  return {
    /** Calls back once the credential is good no more; call the result to stop. */
    watch(caller: Caller, onLapsed: () => void): () => void {
      const name = credentialOf(caller);
      const one = watched.get(name) ?? { caller, lapses: new Set() };
      watched.set(name, one);
      one.lapses.add(onLapsed);
      waitForRound();
      return () => {
        one.lapses.delete(onLapsed);
        if (one.lapses.size === 0 && watched.get(name) === one) watched.delete(name);
      };
    },
  };

  function waitForRound(): void {
    if (isWaiting || watched.size === 0) return;
    isWaiting = true;
    setTimeout(async () => {
      await round();
      isWaiting = false;
      waitForRound();
    }, everyMs).unref();
  }

  async function round(): Promise<void> {
    const asked = [...watched.values()];
    const good = await goodOf(asked.map(({ caller }) => caller));
    for (const one of asked) {
      if (good.has(one.caller)) continue;
      for (const lapse of [...one.lapses]) lapse();
    }
  }

  async function goodOf(callers: readonly Caller[]): Promise<ReadonlySet<Caller>> {
    if (callers.length === 0) return new Set();
    try {
      const good = await stillGood(callers);
      unanswered = 0;
      return good;
    } catch (error) {
      log.warn('http.credentials_not_asked', { code: asProblem(error).code });
      unanswered += 1;
      return new Set(unanswered < MOST_UNANSWERED ? callers : []);
    }
  }
}

export type CredentialWatch = ReturnType<typeof makeCredentialWatch>;

function credentialOf({ via }: Caller): string {
  if (via.kind === 'key') return `key ${via.publicId}`;
  return `session ${via.tokenHash.toString('hex')} ${via.impersonation?.id ?? ''}`;
}
