import { type AccountId, isId } from '../platform/ids.ts';
import { UsageError } from './exit.ts';

/** The account that `--account` names; null without it. */
export function parseAccount(text: string | undefined): AccountId | null {
  if (text === undefined) return null;
  if (isId('acc', text)) return text;
  throw new UsageError('An account id looks like acc_….');
}
