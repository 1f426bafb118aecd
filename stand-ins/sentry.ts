import { z } from 'zod';
import { jsonReply } from './reply.ts';
import { Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type SentryOptions = {
  readonly port?: number;
};

/** What arrived: the three lines of an envelope, and its text as it came. */
export type Envelope = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly text: string;
};

export type SentryStandIn = StandIn & {
  /** What SENTRY_DSN would be. */
  readonly dsn: string;
  readonly received: readonly Envelope[];
};

const KEY = '0123456789abcdef0123456789abcdef';
const PROJECT = '42';

const header = z.looseObject({
  event_id: z.string().regex(/^[0-9a-f]{32}$/),
  sent_at: z.iso.datetime(),
});
const item = z.looseObject({ type: z.enum(['event', 'transaction']) });
const payload = z.looseObject({ event_id: z.string() });

/** Sentry's envelope endpoint, for one project and envelopes of one item. Route for faults: `envelope`. */
export async function startSentry(options: SentryOptions = {}): Promise<SentryStandIn> {
  const received: Envelope[] = [];
  const standIn = await startStandIn({
    port: options.port ?? 0,
    refusal: ({ status, message }) => jsonReply({ detail: message ?? 'refused' }, { status }),
    onReset() {
      received.length = 0;
    },
    routes: [
      {
        ...{ name: 'envelope', method: 'POST', path: '/api/:project/envelope/' },
        handle({ params, query, body }) {
          const isKnown = params['project'] === PROJECT && query.get('sentry_key') === KEY;
          if (!isKnown) throw new Refused(403, null, 'bad sentry DSN public key');
          const text = body.kind === 'other' ? body.bytes.toString('utf8') : '';
          const envelope = readEnvelope(text);
          received.push(envelope);
          return jsonReply({ id: envelope.header['event_id'] });
        },
      },
    ],
  });
  return { ...standIn, dsn: `${standIn.url.replace('//', `//${KEY}@`)}/${PROJECT}`, received };
}

function readEnvelope(text: string): Envelope {
  try {
    const [first, second, third, ...rest] = text
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    if (rest.length > 0) throw new Refused(400, null, 'more than one item');
    const read = { header: header.parse(first), payload: payload.parse(third) };
    return { ...read, type: item.parse(second).type, text };
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(400, null, 'bad envelope');
  }
}
