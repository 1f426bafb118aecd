import { z } from 'zod';
import {
  type Caller,
  defineEndpoint,
  type Endpoint,
  SESSION_STAGES,
} from '../platform/http/endpoint.ts';
import { holderOf } from '../platform/http/who-may-ask.ts';
import { type AccountId, isId } from '../platform/ids.ts';
import { type Cookie, tokensIn } from './cookie.ts';
import type { SessionId, SessionRow, Sessions } from './sessions.ts';

const tag = 'Sessions';

const sessionSchema = z
  .strictObject({
    id: z.string(),
    device: z.string(),
    place: z.string().meta({ description: 'The network it is used from' }),
    is_current: z.boolean(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Session' });

const meSchema = z
  .strictObject({
    account_id: z.string(),
    via: z.literal('session'),
    stage: z.enum(SESSION_STAGES).meta({
      description:
        'What is owed yet: `second_factor` a code, `restore` a word about the deleted account',
    }),
    session: sessionSchema,
    impersonation: z
      .strictObject({ id: z.string(), until: z.iso.datetime() })
      .nullable()
      .meta({ description: 'Set for staff who look at this account; the session is theirs' }),
    staff_looking: z.boolean().meta({ description: 'True while staff look at this account' }),
  })
  .meta({ id: 'Me' });

const exchangeSchema = z
  .strictObject({ token: z.string().min(1).max(200) })
  .meta({ id: 'SignInLink' });

/** Where there is no other sign-in: a session for the one-time link of the owner. */
export function makeLinkEndpoint({
  sessions,
  cookie,
}: {
  readonly sessions: Pick<Sessions, 'exchange'>;
  readonly cookie: Cookie;
}): Endpoint {
  return defineEndpoint({
    method: 'post',
    path: '/app/sessions',
    operationId: 'beginSession',
    summary: 'Begin a session with a one-time link',
    tag,
    access: 'public',
    limit: 'auth',
    idempotent: false,
    body: exchangeSchema,
    answers: { 201: { description: 'The session; its cookie is set', body: sessionSchema } },
    async handle({ body, header, ip }) {
      const [replaces] = tokensIn(header('cookie') ?? '', cookie.name);
      const origin = { userAgent: header('user-agent'), ip, replaces };
      const begun = await sessions.exchange(body.token, origin);
      return {
        status: 201,
        body: present(begun.session, begun.session.id),
        headers: { 'Set-Cookie': cookie.set(begun), 'Cache-Control': 'no-store' },
      };
    },
  });
}

/** Sessions over HTTP: listed and ended. */
export function makeSessionEndpoints({
  sessions,
  cookie,
  looks,
}: {
  readonly sessions: Sessions;
  readonly cookie: Cookie;
  readonly looks: {
    readonly clearCookie: string;
    isLookedAt(accountId: AccountId): Promise<boolean>;
  };
}): readonly Endpoint[] {
  const common = { tag, access: 'session', limit: 'write', idempotent: false } as const;
  return [
    defineEndpoint({
      ...common,
      limit: 'read',
      method: 'get',
      path: '/app/me',
      operationId: 'getMe',
      summary: 'Who is signed in here',
      stages: SESSION_STAGES,
      whileImpersonating: true,
      answers: { 200: { description: 'You, and this session', body: meSchema } },
      async handle({ caller }) {
        const current = caller.via.sessionId;
        const [session, isLookedAt] = await Promise.all([
          sessions.find(holderOf(caller), current),
          looks.isLookedAt(caller.accountId),
        ]);
        return {
          status: 200,
          body: {
            account_id: caller.accountId,
            via: 'session',
            stage: session.stage,
            session: present(session, current),
            impersonation: presentLook(caller),
            staff_looking: isLookedAt,
          },
        };
      },
    }),
    defineEndpoint({
      ...common,
      limit: 'read',
      method: 'get',
      path: '/app/sessions',
      operationId: 'listSessions',
      summary: 'Where you are signed in',
      answers: {
        200: { description: 'Sessions', body: z.strictObject({ data: z.array(sessionSchema) }) },
      },
      async handle({ caller }) {
        const rows = await sessions.list(caller.accountId);
        const current = caller.via.sessionId;
        return { status: 200, body: { data: rows.map((row) => present(row, current)) } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      path: '/app/sessions/current',
      operationId: 'signOut',
      summary: 'End this session',
      stages: SESSION_STAGES,
      whileImpersonating: true,
      answers: { 204: { description: 'Ended, and its cookie taken away' } },
      async handle({ caller }) {
        await sessions.signOut(holderOf(caller), caller.via.sessionId);
        const headers = new Headers({ 'Set-Cookie': cookie.clear });
        if (caller.via.impersonation) headers.append('Set-Cookie', looks.clearCookie);
        return new Response(null, { status: 204, headers });
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      path: '/app/sessions/{id}',
      operationId: 'endSession',
      summary: 'End another session; `others` ends every one but this',
      stepUp: true,
      params: z.object({
        id: z.union([
          z.literal('others'),
          z.string().refine((text): text is SessionId => isId('ses', text)),
        ]),
      }),
      answers: { 204: { description: 'Ended' } },
      async handle({ caller, params: { id } }) {
        if (id === 'others') await sessions.revokeOthers(caller.accountId, caller.via.sessionId);
        else await sessions.revoke(caller.accountId, id);
        return { status: 204 };
      },
    }),
  ];
}

function presentLook({ via }: Caller): z.infer<typeof meSchema>['impersonation'] {
  if (via.kind !== 'session' || via.impersonation === null) return null;
  const { id, until } = via.impersonation;
  return { id, until: until.toISOString() };
}

function present(row: SessionRow, current: SessionId): z.infer<typeof sessionSchema> {
  return {
    id: row.id,
    device: row.device,
    place: row.place,
    is_current: row.id === current,
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}
