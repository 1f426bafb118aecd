import { Problem } from '../problem.ts';

/** One answer whatever the cause, so that nobody learns from it what there is inside our network. */
export class UrlNotAllowed extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'url_not_allowed',
      message: 'This address cannot be used.',
      action: 'Give a public https address on port 443, without a user name or password in it.',
    });
  }
}

/** A public address that did not answer as it should. */
export class OutboundFailure extends Problem {
  constructor(code: keyof typeof MESSAGES, cause?: unknown) {
    super({
      kind: 'upstream',
      code,
      message: MESSAGES[code],
      action: 'Check that the address answers, then try again.',
      retryable: true,
      cause,
    });
  }
}

const MESSAGES = {
  outbound_unreachable: 'The address could not be reached, or broke off.',
  outbound_timed_out: 'The address did not answer in time.',
  outbound_answer_too_large: 'The address answered with more than is read.',
};
