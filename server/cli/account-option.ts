import { type AccountId, isId } from '../platform/ids.ts';
import { UsageError } from './exit.ts';

/** The account that `--account` names; null without it. */
export function parseOptionalAccount(text: string | undefined): AccountId | null {
  return text === undefined ? null : parseAccount(text);
}

export function parseAccount(text: string): AccountId {
  if (isId('acc', text)) return text;
  throw new UsageError('An account id looks like acc_….');
}
