import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { AUDIT_ACTIONS } from '../audit/schema.ts';
import { type Caller, defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf, pageQuery } from '../platform/http/pages.ts';
import { holderOf } from '../platform/http/who-may-ask.ts';
import { type AccountId, isId } from '../platform/ids.ts';
import type { ImpersonationRow, Support } from './support.ts';

const tag = 'Support';
const HALF_HOUR_SECONDS = 1_800;
const LIST = 'staff_access';

const beginSchema = z
  .strictObject({
    account_id: z.string().refine((text): text is AccountId => isId('acc', text)),
    reason: z.string().trim().min(10).max(500),
  })
  .meta({ id: 'BeginImpersonation' });

const impersonationSchema = z
  .strictObject({
    id: z.string(),
    account_id: z.string(),
    reason: z.string(),
    started_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Impersonation' });

const staffAccessSchema = z
  .strictObject({
    id: z.string(),
    at: z.iso.datetime(),
    by: z.enum(['admin', 'operator']).meta({
      description: 'Staff in their browser, or whoever runs the installation at its command line',
    }),
    action: z.enum(AUDIT_ACTIONS),
    target: z.string().nullable().meta({
      description: 'What it was done to; of a look at the account which it was: `imp_…`',
    }),
    operation: z.string().nullable().meta({ description: 'What was changed or tried' }),
    reason: z.string().nullable(),
  })
  .meta({ id: 'StaffAccess' });

/** Looking at an account, and what its person sees of that. */
export function makeSupportEndpoints({
  support,
  audit,
  pager,
}: {
  readonly support: Support;
  readonly audit: Pick<Audit, 'listStaffAccess'>;
  readonly pager: Pager;
}): readonly Endpoint[] {
  const { name, attributes } = support.cookie;
  return [
    defineEndpoint({
      method: 'post',
      path: '/app/admin/impersonations',
      operationId: 'beginImpersonation',
      summary: 'Look at an account for half an hour',
      tag,
      access: 'admin',
      stepUp: true,
      limit: 'write',
      idempotent: false,
      body: beginSchema,
      answers: {
        201: { description: 'Begun; its cookie is set', body: impersonationSchema },
      },
      async handle({ caller, body: { account_id: accountId, reason } }) {
        const { token, row } = await support.begin(sessionOf(caller), { accountId, reason });
        return {
          status: 201,
          body: present(row),
          headers: {
            'Set-Cookie': `${name}=${token}; Max-Age=${HALF_HOUR_SECONDS}; ${attributes}`,
          },
        };
      },
    }),
    defineEndpoint({
      method: 'delete',
      path: '/app/admin/impersonations/current',
      operationId: 'endImpersonation',
      summary: 'Look no longer',
      tag,
      access: 'admin',
      whileImpersonating: true,
      limit: 'write',
      answers: { 204: { description: 'Ended, and its cookie taken away' } },
      async handle({ caller }) {
        await support.end(sessionOf(caller));
        return { status: 204, headers: { 'Set-Cookie': support.clearCookie } };
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/app/staff-access',
      operationId: 'listStaffAccess',
      summary: 'What staff looked at and changed in your account',
      tag,
      access: 'session',
      limit: 'read',
      query: pageQuery,
      answers: {
        200: {
          description: 'Newest first',
          body: pageOf(staffAccessSchema, 'StaffAccessPage'),
        },
      },
      async handle({ caller, query: { limit, cursor } }) {
        const wish = { before: pager.read(cursor, LIST), limit };
        const rows = await audit.listStaffAccess(caller.accountId, wish);
        return {
          status: 200,
          body: pager.answer(
            rows,
            limit,
            LIST,
            ({ id }) => id,
            ({ at, ...row }) => ({ ...row, at: at.toISOString() }),
          ),
        };
      },
    }),
  ];
}

function sessionOf(caller: Caller) {
  if (caller.via.kind !== 'session') throw new TypeError('Only a session reaches this operation.');
  return { accountId: holderOf(caller), id: caller.via.sessionId };
}

function present(row: ImpersonationRow): z.infer<typeof impersonationSchema> {
  return {
    id: row.id,
    account_id: row.accountId,
    reason: row.reason,
    started_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}
