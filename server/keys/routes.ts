import { z } from 'zod';
import { defineEndpoint, type Endpoint, SCOPES } from '../platform/http/endpoint.ts';
import { isId } from '../platform/ids.ts';
import type { KeyId, KeyRow, Keys, ShownKey } from './keys.ts';

const tag = 'API keys';
const DAY_MS = 86_400_000;

const keySchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    public_id: z.string().meta({ description: 'How the key begins, after `clipt_live_`' }),
    scopes: z.array(z.string()),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'ApiKey' });
const shownSchema = keySchema
  .extend({ key: z.string().meta({ description: 'The whole key; it is not shown again' }) })
  .meta({ id: 'NewApiKey' });

/** One line of 1 to 80 characters. */
export const keyName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), 'holds a control character');

const createSchema = z
  .strictObject({
    name: keyName,
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .default([...SCOPES]),
    expires_in_days: z.number().int().min(1).max(3650).nullable().default(null),
  })
  .meta({ id: 'CreateApiKey' });
const rotateSchema = z
  .strictObject({ grace_hours: z.number().int().min(0).max(24).default(0) })
  .meta({ id: 'RotateApiKey' });
const params = z.object({
  id: z.string().refine((text): text is KeyId => isId('key', text)),
});

/** API keys over HTTP, for the signed-in alone: a key can never manage keys. */
export function makeKeyEndpoints({ keys }: { readonly keys: Keys }): readonly Endpoint[] {
  const common = { tag, access: 'session', limit: 'write', idempotent: false } as const;
  return [
    defineEndpoint({
      ...common,
      limit: 'read',
      method: 'get',
      path: '/app/keys',
      operationId: 'listKeys',
      summary: 'Your API keys',
      answers: {
        200: { description: 'The keys', body: z.strictObject({ data: z.array(keySchema) }) },
      },
      async handle({ caller }) {
        const rows = await keys.list(caller.accountId);
        return { status: 200, body: { data: rows.map(presentKey) } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/keys',
      operationId: 'createKey',
      stepUp: true,
      summary: 'Make an API key',
      body: createSchema,
      answers: { 201: { description: 'The key, shown this once', body: shownSchema } },
      async handle({ caller, body }) {
        const { name, scopes, expires_in_days: days } = body;
        const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS);
        const shown = await keys.create(caller.accountId, { name, scopes, expiresAt });
        return { status: 201, body: presentNewKey(shown) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/keys/{id}/rotate',
      operationId: 'rotateKey',
      stepUp: true,
      summary: 'Put a new key in the place of one',
      params,
      body: rotateSchema,
      answers: { 200: { description: 'The new key, shown this once', body: shownSchema } },
      async handle({ caller, params: { id }, body }) {
        const shown = await keys.rotate(caller.accountId, id, body.grace_hours);
        return { status: 200, body: presentNewKey(shown) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      path: '/app/keys/{id}',
      operationId: 'revokeKey',
      stepUp: true,
      summary: 'Revoke a key at once',
      params,
      answers: { 204: { description: 'Revoked' } },
      async handle({ caller, params: { id } }) {
        await keys.revoke(caller.accountId, id);
        return { status: 204 };
      },
    }),
  ];
}

/** A key as the API and the command line show it: never the whole. */
export function presentKey(row: KeyRow): z.infer<typeof keySchema> {
  return {
    id: row.id,
    name: row.name,
    public_id: row.publicId,
    scopes: row.scopes,
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

/** The one answer with the whole key. */
export function presentNewKey({ text, row }: ShownKey): z.infer<typeof shownSchema> {
  return { ...presentKey(row), key: text };
}
