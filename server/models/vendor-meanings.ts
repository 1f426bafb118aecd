import { EgressFailure } from '../platform/egress/egress.ts';
import { type Recovery, VendorProblem } from './vendor-problem.ts';

/** What a fault of a vendor's means for us and for the user. */
export type Meaning = {
  readonly code: string;
  readonly recovery: Recovery;
  readonly kind?: 'invalid';
  readonly message: string;
  readonly action: string;
};

/** Nothing that a user could do would help. */
export const AGAIN = 'Nothing to do: it is tried again by itself.';

/** Faults that any vendor may have. `operator` tells the operator what to look at. */
export function commonMeanings(vendor: string, operator: string) {
  return {
    busy: {
      code: 'provider_busy',
      recovery: 'retry',
      message: `${vendor} is busy.`,
      action: AGAIN,
    },
    unavailable: {
      code: 'provider_unavailable',
      recovery: 'retry',
      message: `${vendor} has a fault at the moment.`,
      action: AGAIN,
    },
    timedOut: {
      code: 'provider_timed_out',
      recovery: 'retry',
      message: `${vendor} did not answer in time.`,
      action: AGAIN,
    },
    rejectedKey: {
      code: 'provider_rejected_key',
      recovery: 'fail',
      message: `${vendor} does not accept the API key.`,
      action: operator,
    },
    quotaExhausted: {
      code: 'provider_quota_exhausted',
      recovery: 'wait',
      message: `What may be spent with ${vendor} is used up.`,
      action: `The work goes on by itself once there is quota again. ${operator}`,
    },
    unusable: {
      code: 'provider_answer_unusable',
      recovery: 'retry',
      message: `${vendor} gave an answer that clipt cannot use.`,
      action: AGAIN,
    },
  } as const satisfies Record<string, Meaning>;
}

export type CommonMeaning = keyof ReturnType<typeof commonMeanings>;

export type ProblemDetails = {
  readonly vendorCode?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
};

/** A vendor's problems by the names of their meanings. The vendor's own sentence is never shown: it may quote a user. */
export function makeProblems<Name extends string>(
  meanings: Readonly<Record<Name | CommonMeaning, Meaning>>,
) {
  const problem = (name: Name | CommonMeaning, details: ProblemDetails = {}): VendorProblem =>
    new VendorProblem({ ...meanings[name], ...details });
  return {
    problem,
    /** What a failed exchange stands for, where nothing could have been bought. Anything else is handed on as it is. */
    ofFailure(error: unknown): unknown {
      if (!(error instanceof EgressFailure) || error.code === 'canceled') return error;
      if (error.code === 'vendor_timed_out') return problem('timedOut', { cause: error });
      const isTooLarge = error.code === 'vendor_answer_too_large';
      return problem(isTooLarge ? 'unusable' : 'unavailable', { cause: error });
    },
  };
}

/** What a status means of which nothing more is known; `own` holds the statuses that mean something of their own. */
export function meaningOfStatus<Name extends string>(
  status: number,
  own: Readonly<Record<number, Name>>,
): Name | 'unavailable' | 'rejectedRequest' | 'unusable' {
  const known = own[status];
  if (known) return known;
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'rejectedRequest' : 'unusable';
}
