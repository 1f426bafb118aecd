import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf, pageQuery } from '../platform/http/pages.ts';
import type { Database } from '../platform/postgres/database.ts';
import { CREDIT_MICRO_USD } from './purchases.ts';
import type { PurchaseRow } from './schema.ts';
import * as store from './store.ts';

const LIST = 'credit-entries';
const tag = 'Account';

const creditsSchema = z
  .strictObject({
    balance: z
      .number()
      .nullable()
      .meta({ description: 'Null where an installation does not sell credits' }),
    held: z.number(),
    settled: z.number(),
    uncertain: z.number(),
    credit_usd: z.number().meta({ description: 'What a credit stands for' }),
  })
  .meta({ id: 'Credits' });

const entrySchema = z
  .strictObject({
    id: z.string(),
    video_id: z.string().nullable(),
    scene_id: z.string().nullable(),
    kind: z.string(),
    model: z.string(),
    status: z.enum(['held', 'settled', 'released', 'uncertain']),
    unit: z.string(),
    units: z.number(),
    credits: z.number(),
    created_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'CreditEntry' });

/** What an account has spent, over HTTP. */
export function makeCreditEndpoints({
  db,
  pager,
}: {
  readonly db: Database;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: 'get',
      path: '/v1/account',
      operationId: 'getAccount',
      summary: 'Who you are here',
      tag,
      access: 'account:read',
      limit: 'read',
      answers: {
        200: {
          description: 'The account',
          body: z
            .strictObject({
              id: z.string(),
              via: z.enum(['session', 'key']),
              scopes: z.array(z.string()).nullable(),
            })
            .meta({ id: 'Account' }),
        },
      },
      async handle({ caller: { accountId, via } }) {
        const scopes = via.kind === 'key' ? [...via.scopes] : null;
        return { status: 200, body: { id: accountId, via: via.kind, scopes } };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/credits',
      operationId: 'getCredits',
      summary: 'What was spent',
      tag,
      access: 'account:read',
      limit: 'read',
      answers: { 200: { description: 'Credits by what became of them', body: creditsSchema } },
      async handle({ caller }) {
        const { held, settled, uncertain } = await store.sumsOfAccount(db, caller.accountId);
        return {
          status: 200,
          body: {
            balance: null,
            held: credits(held),
            settled: credits(settled),
            uncertain: credits(uncertain),
            credit_usd: CREDIT_MICRO_USD / 1_000_000,
          },
        };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/credits/entries',
      operationId: 'listCreditEntries',
      summary: 'Every purchase, newest first',
      tag,
      access: 'account:read',
      limit: 'read',
      query: pageQuery,
      answers: {
        200: { description: 'A page of purchases', body: pageOf(entrySchema, 'CreditEntryPage') },
      },
      async handle({ caller, query: { limit, cursor } }) {
        const before = pager.read(cursor, LIST);
        const rows = await store.listPage(db, caller.accountId, before, limit + 1);
        return { status: 200, body: pager.answer(rows, limit, LIST, ({ id }) => id, present) };
      },
    }),
  ];
}

function credits(microUsd: number): number {
  return Math.round((microUsd / CREDIT_MICRO_USD) * 100) / 100;
}

function present(row: PurchaseRow): z.infer<typeof entrySchema> {
  return {
    id: row.id,
    video_id: row.videoId,
    scene_id: row.sceneId,
    kind: row.kind,
    model: row.model,
    status: row.status,
    unit: row.unit,
    units: row.units,
    credits: credits(row.costMicroUsd),
    created_at: row.createdAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
  };
}
