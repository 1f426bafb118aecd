import { Problem } from '../problem.ts';

/** The part of a request that its policy does not list. Fixed words, so that no user's text is among them. */
export type BlockedPart = 'host' | 'route' | 'path' | 'query' | 'header' | 'json' | 'form' | 'body';

/** A request held something that its vendor is not meant to get. Nothing was sent. */
export class EgressBlocked extends Problem {
  readonly part: BlockedPart;

  constructor(vendor: string, part: BlockedPart) {
    super({
      kind: 'internal',
      code: 'egress_blocked',
      message: `A request to ${vendor} was stopped because it held something that ${vendor} is not meant to get.`,
      action: 'Nothing was sent. Please report this: it is a fault of clipt.',
    });
    this.part = part;
  }
}

export type EgressFailureCode =
  | 'vendor_unreachable'
  | 'vendor_timed_out'
  | 'vendor_answer_cut'
  | 'vendor_answer_too_large'
  | 'canceled';

const SENTENCES: { readonly [Code in EgressFailureCode]: (vendor: string) => string } = {
  vendor_unreachable: (vendor) => `${vendor} cannot be reached.`,
  vendor_timed_out: (vendor) => `${vendor} did not answer in time.`,
  vendor_answer_cut: (vendor) => `${vendor} broke off its answer.`,
  vendor_answer_too_large: (vendor) => `${vendor} answered with more than can be right.`,
  canceled: () => 'The work was canceled.',
};

/**
 * No answer, or none that is whole. `upstream` and worth another try, except `canceled` (of kind `canceled`)
 * when the caller's own signal ended it.
 */
export class EgressFailure extends Problem {
  /** False only when no connection for the request was ever made, so that the vendor cannot know of it. */
  readonly mayHaveArrived: boolean;

  constructor(vendor: string, code: EgressFailureCode, mayHaveArrived: boolean, cause?: unknown) {
    super({
      kind: code === 'canceled' ? 'canceled' : 'upstream',
      code,
      message: SENTENCES[code](vendor),
      action: code === 'canceled' ? undefined : 'Try again in a while.',
      retryable: code !== 'canceled' && code !== 'vendor_answer_too_large',
      cause,
    });
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** A file host answered, but not with the file: `answered` is its status (403 and 404 for a link that has expired). */
export class FileRefused extends Problem {
  readonly answered: number;

  constructor(vendor: string, status: number) {
    super({
      kind: 'upstream',
      code: 'vendor_file_refused',
      message: `${vendor} did not hand over a file.`,
      action: 'Try again in a while.',
      retryable: status >= 500 || status === 429,
    });
    this.answered = status;
  }
}
