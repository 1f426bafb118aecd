import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';

const choice = z
  .strictObject({
    opted_out: z.boolean().meta({ description: 'True where what the account does is not counted' }),
  })
  .meta({ id: 'Telemetry' });

/** Whether an account is counted in product analytics, for the signed-in alone. */
export function makeTelemetryEndpoints({
  isOptedOut,
  setOptedOut,
}: {
  readonly isOptedOut: (accountId: AccountId) => Promise<boolean>;
  readonly setOptedOut: (accountId: AccountId, optedOut: boolean) => Promise<void>;
}): readonly Endpoint[] {
  const common = {
    tag: 'Account',
    access: 'session',
    path: '/app/telemetry',
    answers: { 200: { description: 'The choice', body: choice } },
  } as const;
  return [
    defineEndpoint({
      ...common,
      method: 'get',
      limit: 'read',
      operationId: 'getTelemetry',
      summary: 'Whether you are counted in product analytics',
      async handle({ caller }) {
        return { status: 200, body: { opted_out: await isOptedOut(caller.accountId) } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'put',
      limit: 'write',
      operationId: 'setTelemetry',
      summary: 'Choose whether you are counted in product analytics',
      body: choice,
      async handle({ caller, body }) {
        await setOptedOut(caller.accountId, body.opted_out);
        return { status: 200, body };
      },
    }),
  ];
}
