import { randomUUID } from 'node:crypto';
import { jsonReply } from './reply.ts';
import { resendRefusal } from './resend/errors.ts';
import { readMail, type SentMail } from './resend/mail.ts';
import { makeRepeats } from './resend/repeats.ts';
import { type Ask, Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type ResendOptions = {
  readonly port?: number;
  /** Keys that are accepted; any, unless given. */
  readonly keys?: readonly string[];
};

export type ResendStandIn = StandIn & {
  /** What RESEND_BASE_URL would be. */
  readonly baseUrl: string;
  /** What was delivered, oldest first; a repeat under the same idempotency key is not. */
  readonly delivered: readonly SentMail[];
};

/**
 * Resend: mail is taken, remembered and delivered to nobody. Routes for faults: `send`, `find`. A mail counts as bought
 * under the words it holds, so that one which is delivered twice is seen.
 */
export async function startResend(options: ResendOptions = {}): Promise<ResendStandIn> {
  const { keys = null } = options;
  const delivered: SentMail[] = [];
  const repeats = makeRepeats();
  const authorize = ({ headers }: Ask) => {
    if (!headers['user-agent']) throw new Refused(403, 'validation_error', 'No user agent.');
    const [, key] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (key === undefined) throw new Refused(401, 'missing_api_key', 'Missing API key.');
    if (keys !== null && !keys.includes(key)) {
      throw new Refused(403, 'invalid_api_key', 'API key is invalid');
    }
  };
  const standIn = await startStandIn({
    port: options.port ?? 0,
    refusal: resendRefusal,
    onReset() {
      delivered.length = 0;
      repeats.forget();
    },
    routes: [
      {
        ...{ name: 'send', method: 'POST', path: '/emails' },
        handle(ask) {
          authorize(ask);
          const mail = readMail(ask.body);
          const id = repeats.once(ask.headers['idempotency-key'], mail, () => {
            const sent = { id: randomUUID(), ...mail };
            delivered.push(sent);
            const words = JSON.stringify([mail.to, mail.subject, mail.text]);
            ask.bought({ id: sent.id, key: words, details: { subject: mail.subject } });
            return sent.id;
          });
          return jsonReply({ id });
        },
      },
      {
        ...{ name: 'find', method: 'GET', path: '/emails/:id' },
        handle(ask) {
          authorize(ask);
          const mail = delivered.find(({ id }) => id === ask.params['id']);
          if (!mail) throw new Refused(404, 'not_found', 'Email not found');
          return jsonReply({ object: 'email', ...mail, last_event: 'delivered' });
        },
      },
    ],
  });
  return { ...standIn, baseUrl: standIn.url, delivered };
}
