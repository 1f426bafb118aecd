import { z } from 'zod';
import {
  type Answer,
  defineEndpoint,
  type Endpoint,
  type SessionCaller,
} from '../platform/http/endpoint.ts';
import type { BegunSession } from '../sessions/sessions.ts';
import { qrPath } from './qr-path.ts';
import type { Person, TwoFactor } from './two-factor.ts';

const tag = 'Two-factor';

const stateSchema = z
  .strictObject({
    status: z.enum(['off', 'on']),
    enabled_at: z.iso.datetime().nullable(),
    recovery_codes_left: z.number().int(),
  })
  .meta({ id: 'TwoFactor' });

const enrolmentSchema = z
  .strictObject({
    secret: z.string().meta({ description: 'Base32; it is not shown again' }),
    uri: z.string().meta({ description: 'The same as an address of authenticator apps' }),
    qr: z
      .strictObject({ size: z.number().int(), path: z.string() })
      .meta({ description: 'The address as an SVG path in a square of that size' }),
  })
  .meta({ id: 'TwoFactorEnrolment' });

const recoverySchema = z
  .strictObject({
    recovery_codes: z.array(z.string()).meta({ description: 'They are not shown again' }),
  })
  .meta({ id: 'RecoveryCodes' });

const codeSchema = z
  .strictObject({
    code: z.string().min(1).max(100).meta({ description: 'Of the app, or a recovery code' }),
  })
  .meta({ id: 'Code' });

/** The second factor over HTTP, and proving again who one is. */
export function makeTwoFactorEndpoints({
  twoFactor,
  setCookie,
}: {
  readonly twoFactor: TwoFactor;
  /** Gives a browser its session: the value of `Set-Cookie`. */
  readonly setCookie: (begun: BegunSession) => string;
}): readonly Endpoint[] {
  const common = { tag, access: 'session', limit: 'write', idempotent: false } as const;
  /** Whatever takes a code is counted under the address as well. */
  const takesCode = { ...common, limit: 'auth', method: 'post', body: codeSchema } as const;
  return [
    defineEndpoint({
      ...common,
      limit: 'read',
      method: 'get',
      path: '/app/two-factor',
      operationId: 'getTwoFactor',
      summary: 'Whether signing in takes a second factor',
      answers: { 200: { description: 'How it stands', body: stateSchema } },
      async handle({ caller }) {
        const { enabledAt, recoveryCodesLeft } = await twoFactor.state(caller.accountId);
        const body: z.infer<typeof stateSchema> = {
          status: enabledAt === null ? 'off' : 'on',
          enabled_at: enabledAt?.toISOString() ?? null,
          recovery_codes_left: recoveryCodesLeft,
        };
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/two-factor',
      operationId: 'enrolTwoFactor',
      summary: 'Begin to set up two-factor',
      stepUp: true,
      answers: {
        201: { description: 'What the app has to know; to be confirmed', body: enrolmentSchema },
      },
      async handle({ caller }) {
        const { secret, uri } = await twoFactor.enrol(caller.accountId);
        const body: z.infer<typeof enrolmentSchema> = { secret, uri, qr: qrPath(uri) };
        return { status: 201, body };
      },
    }),
    defineEndpoint({
      ...takesCode,
      path: '/app/two-factor/confirm',
      operationId: 'confirmTwoFactor',
      summary: 'Turn two-factor on with a first code of the app; every other session ends',
      answers: { 200: { description: 'On; the session’s cookie is set', body: recoverySchema } },
      async handle({ caller, body: { code } }) {
        const { recoveryCodes, ...begun } = await twoFactor.confirm(personOf(caller), code);
        const body: z.infer<typeof recoverySchema> = { recovery_codes: [...recoveryCodes] };
        return { status: 200, body, headers: { 'Set-Cookie': setCookie(begun) } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      path: '/app/two-factor',
      operationId: 'disableTwoFactor',
      summary: 'Turn two-factor off; every other session ends',
      stepUp: true,
      answers: { 204: { description: 'Off' } },
      async handle({ caller }) {
        await twoFactor.disable(personOf(caller));
        return { status: 204 };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/two-factor/recovery-codes',
      operationId: 'renewRecoveryCodes',
      summary: 'Put new recovery codes in the place of all others',
      stepUp: true,
      answers: { 201: { description: 'The new ones', body: recoverySchema } },
      async handle({ caller }) {
        const codes = await twoFactor.renewRecoveryCodes(personOf(caller));
        const body: z.infer<typeof recoverySchema> = { recovery_codes: [...codes] };
        return { status: 201, body };
      },
    }),
    defineEndpoint({
      ...takesCode,
      path: '/app/two-factor/challenge',
      operationId: 'answerChallenge',
      summary: 'Finish signing in with a code',
      stages: ['second_factor'],
      answers: { 204: { description: 'In; the session’s cookie is set' } },
      handle: prove,
    }),
    defineEndpoint({
      ...takesCode,
      path: '/app/step-up',
      operationId: 'stepUp',
      summary: 'Prove again who you are, for what needs a fresh proof',
      answers: { 204: { description: 'Proved for ten minutes; the session’s cookie is set' } },
      handle: prove,
    }),
  ];
  async function prove(request: {
    readonly caller: SessionCaller;
    readonly body: z.infer<typeof codeSchema>;
  }): Promise<Answer> {
    const begun = await twoFactor.prove(personOf(request.caller), request.body.code);
    return { status: 204, headers: { 'Set-Cookie': setCookie(begun) } };
  }
}

function personOf({ accountId, via }: SessionCaller): Person {
  return { accountId, sessionId: via.sessionId };
}
