import { z } from 'zod';
import { type Caller, defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf } from '../platform/http/pages.ts';
import { holderOf } from '../platform/http/who-may-ask.ts';
import {
  accountId,
  auditQuery,
  foundAccount,
  moderationQuery,
  presentFound,
  presentMatch,
  presentRecord,
  presentViewed,
  searchBody,
  shownMatch,
  shownRecord,
  viewedAccount,
} from './admin-contract.ts';
import type { Desk, StaffActor } from './desk.ts';

const common = { tag: 'Support', access: 'admin', limit: 'read' } as const;
const LISTS = { accounts: 'accounts', audit: 'audit', moderation: 'moderation' } as const;

/** What staff see of accounts and of the records. */
export function makeAdminEndpoints({
  desk,
  pager,
}: {
  readonly desk: Desk;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/admin/accounts/search',
      operationId: 'searchAccounts',
      summary: 'Find accounts by id or by how their address begins, newest first',
      description: 'A POST, so that no address of somebody stands in one of ours.',
      idempotent: false,
      body: searchBody,
      answers: {
        200: { description: 'A page of accounts', body: pageOf(foundAccount, 'FoundAccountPage') },
      },
      async handle({ caller, body: { query, limit, cursor } }) {
        const wish = { before: pager.read(cursor, LISTS.accounts), limit };
        const found = await desk.search(staffOf(caller), query, wish);
        const idOf = ({ row }: (typeof found)[number]) => row.id;
        const body = pager.answer(found, limit, LISTS.accounts, idOf, presentFound);
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/admin/accounts/{id}',
      operationId: 'viewAccount',
      summary: 'What there is of an account, without anything that its person made',
      params: z.object({ id: accountId }),
      answers: { 200: { description: 'The account', body: viewedAccount } },
      async handle({ caller, params: { id } }) {
        return { status: 200, body: presentViewed(await desk.view(staffOf(caller), id)) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/admin/audit',
      operationId: 'listAuditRecords',
      summary: 'What was done to accounts, newest first',
      query: auditQuery,
      answers: {
        200: { description: 'A page of the record', body: pageOf(shownRecord, 'AuditRecordPage') },
      },
      async handle({ caller, query: { limit, cursor, account_id, actor_id, ...filter } }) {
        const wish = { before: pager.read(cursor, LISTS.audit), limit };
        const chosen = { ...filter, subject: account_id, actor: actor_id };
        const found = await desk.readAudit(staffOf(caller), chosen, wish);
        const body = pager.answer(found, limit, LISTS.audit, ({ id }) => id, presentRecord);
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/admin/moderation',
      operationId: 'listModerationMatches',
      summary: 'What moderation refused, newest first: rules, never texts',
      query: moderationQuery,
      answers: {
        200: { description: 'A page of refusals', body: pageOf(shownMatch, 'ModerationMatchPage') },
      },
      async handle({ caller, query: { limit, cursor, account_id: account = null } }) {
        const wish = { before: pager.read(cursor, LISTS.moderation), limit };
        const found = await desk.readModeration(staffOf(caller), account, wish);
        const body = pager.answer(found, limit, LISTS.moderation, ({ id }) => id, presentMatch);
        return { status: 200, body };
      },
    }),
  ];
}

/** Who of the staff asks; what they do is theirs on record. */
export function staffOf(caller: Caller): StaffActor {
  return { kind: 'admin', accountId: holderOf(caller) };
}
