import { z } from 'zod';
import type { AccountId } from '../platform/ids.ts';
import type { ActorKind, AuditAction, EntryRow } from './schema.ts';

/** A row as people read it. */
export type AuditRecord = {
  /** Its place in the chain; what the next page comes after. */
  readonly id: string;
  readonly at: Date;
  readonly action: AuditAction;
  readonly actor: { readonly kind: ActorKind; readonly accountId: AccountId | null };
  readonly subject: AccountId | null;
  readonly target: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
};

/** What staff did to an account, as its owner sees it: everything but who of the staff it was. */
export type StaffAccess = Pick<AuditRecord, 'id' | 'at' | 'action' | 'target'> & {
  readonly by: 'admin' | 'operator';
  readonly reason: string | null;
  /** What they changed there, or tried to. */
  readonly operation: string | null;
};

const stored = z.object({
  target: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export function recordOf(row: EntryRow): AuditRecord {
  const { target, detail } = stored.parse(JSON.parse(row.entry));
  const { at, action, subject } = row;
  const actor = { kind: row.actorKind, accountId: row.actorId };
  return { id: String(row.seq), at, action, actor, subject, target, detail };
}

export function staffAccessOf(row: EntryRow): StaffAccess {
  const { id, at, action, target, actor, detail } = recordOf(row);
  const { reason, operation } = detail;
  return {
    ...{ id, at, action, target },
    by: actor.kind === 'operator' ? 'operator' : 'admin',
    reason: typeof reason === 'string' ? reason : null,
    operation: typeof operation === 'string' ? operation : null,
  };
}
