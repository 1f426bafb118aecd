import type { Audit } from '../audit/audit.ts';
import type { KeyChange } from '../keys/keys.ts';
import type { Notify } from '../notify/notify.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { BeganSession, EndedSessions } from '../sessions/sessions.ts';

/** Who acts: people by their requests, or whoever runs commands of this installation. */
export type ActingAs = 'user' | 'operator';

/** What becomes of keys and sessions, on record and by mail, in the transaction that does it. */
export function makeRecords({
  audit,
  notify,
  actingAs,
}: {
  readonly audit: Pick<Audit, 'write'>;
  readonly notify: Pick<Notify, 'mail'>;
  readonly actingAs: ActingAs;
}) {
  return {
    async ofKey(tx: Database, { what, row }: KeyChange): Promise<void> {
      const { accountId, id, scopes, publicId } = row;
      await audit.write(tx, {
        action: `key.${what}`,
        actor: { kind: actingAs, accountId: actingAs === 'user' ? accountId : null },
        ...{ subject: accountId, target: id },
        detail: { scopes: scopes.join(' ') },
      });
      // A rotated key is a new one as well: somebody holds a text that nobody held before.
      if (what === 'revoked') return;
      const key = `clipt_live_${publicId}`;
      await notify.mail(tx, { accountId, kind: 'key_created', data: { key } });
    },

    /** Whichever door it was. Of a familiar device and place no mail tells. */
    async ofBegan(tx: Database, { session, isNew, isFamiliar }: BeganSession): Promise<void> {
      const { id, accountId, stage, device, place } = session;
      await audit.write(tx, {
        action: 'session.began',
        actor: { kind: 'user', accountId },
        ...{ subject: accountId, target: id },
        detail: { is_new: isNew, is_familiar: isFamiliar, stage },
      });
      if (isFamiliar) return;
      await notify.mail(tx, { accountId, kind: 'new_sign_in', data: { device, place } });
    },

    async ofSessions(tx: Database, { accountId, ids, how }: EndedSessions): Promise<void> {
      const isOwnDoing = how !== 'wrong_codes';
      const kind = isOwnDoing ? actingAs : 'system';
      await audit.write(tx, {
        action: how === 'signed_out' ? 'session.ended' : 'session.revoked',
        actor: { kind, accountId: kind === 'user' ? accountId : null },
        ...{ subject: accountId, target: ids.length === 1 ? (ids[0] ?? null) : null },
        detail: { count: ids.length, how },
      });
    },
  };
}
