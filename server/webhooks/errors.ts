import { Problem } from '../platform/problem.ts';

/** Also for an endpoint of another account. */
export class EndpointNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'webhook_endpoint_not_found',
      message: 'There is no such webhook endpoint.',
      action: 'List the webhook endpoints to see their ids.',
    });
  }
}

export class EndpointDisabled extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'webhook_endpoint_disabled',
      message: 'The webhook endpoint is disabled.',
      action: 'Set its status to active first.',
    });
  }
}

export class TooManyEndpoints extends Problem {
  constructor(most: number) {
    super({
      kind: 'conflict',
      code: 'too_many_webhook_endpoints',
      message: `The account has ${most} webhook endpoints already.`,
      action: 'Delete one that is not used any more.',
    });
  }
}

export class TooManyEvents extends Problem {
  constructor(most: number) {
    super({
      kind: 'invalid',
      code: 'too_many_events',
      message: `There are more than ${most} events in that time.`,
      action: 'Ask for a shorter time, and for the rest afterwards.',
      details: { most },
    });
  }
}

/** Also for an event of another account. */
export class EventNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'event_not_found',
      message: 'There is no such event.',
      action: 'Events are kept for 30 days.',
    });
  }
}
