import canonicalize from 'canonicalize';
import type { AccountId } from '../platform/ids.ts';
import { AuditEntryRefused } from './errors.ts';
import type { ActorKind, AuditAction } from './schema.ts';

/** One thing that was done, in opaque ids; never an e-mail address. */
export type AuditEntry = {
  readonly action: AuditAction;
  /** Who did it; without an account where nobody signed in. */
  readonly actor: { readonly kind: ActorKind; readonly accountId: AccountId | null };
  /** Whose account it touches. */
  readonly subject: AccountId | null;
  /** The id of the thing itself: a key, a session, an impersonation. */
  readonly target?: string | null;
  /** Figures and codes, and what staff gave as their reason. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
};

const MOST_CHARS = 500;
const MOST_BYTES = 8_192;
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const ADDRESS = /[^\s@]@[^\s@]/;
const CONTROL = /\p{Cc}/u;

/**
 * An entry as canonical JSON (RFC 8785): the same entry is the same text, whatever order its members came in.
 *
 * @throws AuditEntryRefused for an e-mail address, control characters, or more than 500 characters in one value.
 */
export function canonicalEntry({ action, actor, subject, target, detail }: AuditEntry): string {
  for (const [name, value] of Object.entries({ ...detail, target: target ?? '-' })) {
    const fault = faultOf(name, value);
    if (fault !== null) throw new AuditEntryRefused(fault);
  }
  const text = canonicalize({
    action,
    actor: { account_id: actor.accountId, kind: actor.kind },
    detail: detail ?? {},
    subject,
    target: target ?? null,
  });
  if (text === undefined || Buffer.byteLength(text) > MOST_BYTES) {
    throw new AuditEntryRefused('it is too long');
  }
  return text;
}

function faultOf(name: string, value: string | number | boolean): string | null {
  if (!NAME.test(name)) return 'a detail has no proper name';
  if (typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'a figure is not finite';
  if (value.length === 0) return 'a text is empty';
  if (value.length > MOST_CHARS) return 'a text is too long';
  if (!value.isWellFormed() || CONTROL.test(value)) return 'a text has control characters';
  if (ADDRESS.test(value)) return 'a text has an e-mail address';
  return null;
}
