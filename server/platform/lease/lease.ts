import type { Log } from '../log.ts';
import { asProblem } from '../problem.ts';

/** A row held by this process for as long as it works on it. Disposing stops the renewals. */
export type Lease = Disposable & {
  /** Aborts when the row is somebody else's by now, or the process stops. */
  readonly signal: AbortSignal;
  /** True when the row stopped being ours; then nothing may be written about it. */
  isLost(): boolean;
};

/**
 * Keeps a claimed row's lease alive. `renew` answers false when the claim is not the newest any more; what it rejects
 * with is no reason to stop, since the attempt number guards every result. `stopping` is the process's own wish.
 */
export function keepLease({
  renew,
  everyMs,
  stopping,
  log,
}: {
  readonly renew: () => Promise<boolean>;
  readonly everyMs: number;
  readonly stopping: AbortSignal;
  readonly log: Log;
}): Lease {
  const lost = new AbortController();
  const renewal = setInterval(() => {
    renew().then(
      (kept) => kept || lost.abort(),
      (error) => log.warn('lease.renewal_failed', { code: asProblem(error).code }),
    );
  }, everyMs);
  return {
    signal: AbortSignal.any([stopping, lost.signal]),
    isLost: () => lost.signal.aborted,
    [Symbol.dispose]: () => clearInterval(renewal),
  };
}
