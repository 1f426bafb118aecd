import { Problem, type ProblemInit } from '../platform/problem.ts';

/**
 * What a vendor's answer means for the work that asked:
 * `retry`: a passing fault, tried again soon;
 * `wait`: the vendor cannot serve us for a while (outage, quota that refills): the work is parked and goes on by itself;
 * `fail`: asking again would give the same answer (a bad request, a refused key, refused content).
 */
export type Recovery = 'retry' | 'wait' | 'fail';

/** A vendor's fault or refusal. `kind` is `upstream`, except `invalid` for content the vendor refuses. */
export class VendorProblem extends Problem {
  readonly recovery: Recovery;
  /** The vendor's own code, such as `InvalidParameter.Duration`: letters, digits and `._-` only. */
  readonly vendorCode: string | null;
  /** How long the vendor asked us to stay away. */
  readonly retryAfterMs: number | null;
  /** False where tries are bounded: what failed was this work, not the vendor. */
  readonly isOutage: boolean;

  constructor(
    init: Omit<ProblemInit, 'kind' | 'retryable'> & {
      readonly kind?: 'upstream' | 'invalid';
      readonly recovery: Recovery;
      readonly vendorCode?: string | null;
      readonly retryAfterMs?: number | null;
      readonly isOutage?: boolean;
    },
  ) {
    super({ ...init, kind: init.kind ?? 'upstream', retryable: init.recovery !== 'fail' });
    this.recovery = init.recovery;
    this.vendorCode = safeVendorCode(init.vendorCode ?? null);
    this.retryAfterMs = init.retryAfterMs ?? null;
    this.isOutage = init.isOutage ?? true;
  }
}

/**
 * The error of an answer that was charged and of no use. Asking again costs again, so it is done a bounded number of
 * times: such a vendor is not taken for one that is out.
 */
export function chargedInVain(error: unknown): unknown {
  if (!(error instanceof VendorProblem)) return error;
  const { code, message, action, recovery, vendorCode, retryAfterMs } = error;
  const kind = error.kind === 'invalid' ? 'invalid' : 'upstream';
  return new VendorProblem({
    ...{ kind, code, message, action, recovery, vendorCode, retryAfterMs },
    ...{ isOutage: false, cause: error },
  });
}

/** The vendor may have accepted an order without our hearing of it: it is looked for, never sent again blindly. */
export class OrderUncertain extends VendorProblem {
  constructor(vendor: string, cause: unknown) {
    super({
      code: 'order_uncertain',
      message: `${vendor} did not say whether it accepted the order.`,
      action: 'Nothing to do: it is tried again, and what may have been charged stays on record.',
      recovery: 'retry',
      cause,
    });
  }
}

/** Vendors put free text in odd places; only what looks like a code is kept. */
function safeVendorCode(code: string | null): string | null {
  return code !== null && /^[A-Za-z0-9._+-]{1,80}$/.test(code) ? code : null;
}
