import { randomBytes } from 'node:crypto';
import { newCanary } from '../harness/canary.ts';

const secret = () => `secret-${randomBytes(16).toString('base64url')}`;

/** One canary in everything that a person, a vendor or an operator hands in. */
export const CANARY = {
  ...{ topic: newCanary(), narration: newCanary(), visual: newCanary(), title: newCanary() },
  ...{ note: newCanary(), script: newCanary(), fileName: newCanary(), idea: newCanary() },
  ...{ name: newCanary(), keyName: newCanary(), hookNote: newCanary(), malformed: newCanary() },
  ...{ header: newCanary(), query: newCanary(), refused: newCanary(), vendorWords: newCanary() },
  /** What the vendor of films refuses to show. */
  refusedVisual: newCanary(),
  userAgent: newCanary(),
  ...{ email: `${randomBytes(8).toString('hex')}@example.org`, hookPath: secret() },
  ...{ arkKey: secret(), elevenLabsKey: secret(), openAiKey: secret(), resendKey: secret() },
  ...{ googleSecret: secret(), ownSecret: secret(), idempotencyKey: secret(), wrongKey: secret() },
};

/** What the product makes for a person alone, as they get it and, of what is typed, as it may be kept. */
export type Given =
  | 'sessionToken'
  | 'formerSessionToken'
  | 'apiKey'
  | 'hookSecret'
  | 'totpSeed'
  | 'totpSeedBytes'
  | 'recoveryCode'
  | 'recoveryCodeBare'
  | 'usedRecoveryCode'
  | 'usedRecoveryCodeBare';
export type Planted = keyof typeof CANARY | Given;
export type Sink =
  | 'log'
  | 'postgres'
  | 'redis'
  | 'sentry'
  | 'posthog'
  | 'ark'
  | 'elevenlabs'
  | 'openai'
  | 'google'
  | 'resend'
  | 'receiver';

/** Where each belongs. What a film is about, says and shows is told to the account's own receiver with its events. */
export const BELONGS: { readonly [P in Planted]: readonly Sink[] } = {
  ...{ topic: ['ark', 'receiver'], idea: ['ark'], narration: ['elevenlabs', 'receiver'] },
  ...{ visual: ['ark', 'receiver'], title: ['receiver'], note: ['receiver'] },
  ...{ email: ['resend'], hookPath: [] },
  ...{
    arkKey: ['ark'],
    elevenLabsKey: ['elevenlabs'],
    openAiKey: ['openai'],
    resendKey: ['resend'],
  },
  ...{ refusedVisual: ['ark', 'receiver'], script: ['openai'] },
  // A mail about the second factor tells its person by which browser that was.
  userAgent: ['resend'],
  ...{ fileName: [], name: [], keyName: [], hookNote: [], malformed: [], header: [] },
  ...{ query: [], refused: [], vendorWords: [], googleSecret: ['google'], ownSecret: [] },
  ...{ idempotencyKey: [], wrongKey: [], sessionToken: [], formerSessionToken: [] },
  ...{ apiKey: [], hookSecret: [], totpSeed: [], totpSeedBytes: [], recoveryCode: [] },
  ...{ recoveryCodeBare: [], usedRecoveryCode: [], usedRecoveryCodeBare: [] },
};
