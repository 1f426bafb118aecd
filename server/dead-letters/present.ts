import type { z } from 'zod';
import type { shownLetter } from './contract.ts';
import type { DeadLetter } from './dead-letters.ts';

export function presentLetter(letter: DeadLetter): z.infer<typeof shownLetter> {
  const { id, kind, what, accountId, about, code, tries, costMicroUsd, canBeRetried } = letter;
  return {
    ...{ id, kind, what, account_id: accountId, about, code, tries },
    ...{ cost_micro_usd: costMicroUsd, can_be_retried: canBeRetried },
    created_at: letter.createdAt.toISOString(),
    failed_at: letter.failedAt.toISOString(),
  };
}
