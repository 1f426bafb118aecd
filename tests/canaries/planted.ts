import { randomBytes } from 'node:crypto';
import { newCanary } from '../harness/canary.ts';

const secret = () => `secret-${randomBytes(16).toString('base64url')}`;

/** One canary in everything that a person, a vendor or an operator hands in. */
export const CANARY = {
  ...{ topic: newCanary(), narration: newCanary(), visual: newCanary(), title: newCanary() },
  ...{ note: newCanary(), script: newCanary(), fileName: newCanary(), idea: newCanary() },
  ...{ name: newCanary(), keyName: newCanary(), hookNote: newCanary(), malformed: newCanary() },
  ...{ header: newCanary(), query: newCanary(), refused: newCanary(), vendorWords: newCanary() },
  ...{ email: `${randomBytes(8).toString('hex')}@example.org`, hookPath: secret() },
  ...{ arkKey: secret(), elevenLabsKey: secret(), openAiKey: secret(), resendKey: secret() },
  ...{ googleSecret: secret(), ownSecret: secret(), idempotencyKey: secret(), wrongKey: secret() },
};

export type Planted = keyof typeof CANARY | 'sessionToken' | 'apiKey' | 'hookSecret';
export type Sink =
  | 'log'
  | 'postgres'
  | 'redis'
  | 'sentry'
  | 'posthog'
  | 'ark'
  | 'elevenlabs'
  | 'openai'
  | 'resend'
  | 'receiver';

/** Where each belongs. What a film is about, says and shows is told to the account's own receiver with its events. */
export const BELONGS: { readonly [P in Planted]: readonly Sink[] } = {
  ...{ topic: ['ark', 'receiver'], idea: ['ark'], narration: ['elevenlabs', 'receiver'] },
  ...{ visual: ['ark', 'receiver'], title: ['receiver'], note: ['receiver'] },
  ...{ email: ['resend'], hookPath: [] },
  ...{ arkKey: ['ark'], elevenLabsKey: ['elevenlabs'], openAiKey: [], resendKey: ['resend'] },
  ...{ script: [], fileName: [], name: [], keyName: [], hookNote: [], malformed: [], header: [] },
  ...{ query: [], refused: [], vendorWords: [], googleSecret: [], ownSecret: [] },
  ...{ idempotencyKey: [], wrongKey: [], sessionToken: [], apiKey: [], hookSecret: [] },
};
