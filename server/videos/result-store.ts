import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq } from '../platform/postgres/drizzle.ts';
import type { StepKind } from './contract.ts';
import { type StepRow, stepResults } from './schema.ts';

/** Queries for results by what they were made from, which is how an edit finds what it need not redo. */

/** A stored result of the same input, if this account has one. */
export async function findResult(
  db: Database,
  accountId: AccountId,
  kind: StepKind,
  inputHash: string,
): Promise<unknown> {
  const [result] = await db
    .select({ output: stepResults.output })
    .from(stepResults)
    .where(
      and(
        eq(stepResults.accountId, accountId),
        eq(stepResults.kind, kind),
        eq(stepResults.inputHash, inputHash),
      ),
    );
  return result?.output ?? null;
}

/** A result whose objects were lost is forgotten, so that it is made again. */
export async function forgetResult(
  db: Database,
  accountId: AccountId,
  kind: StepKind,
  inputHash: string,
): Promise<void> {
  await db
    .delete(stepResults)
    .where(
      and(
        eq(stepResults.accountId, accountId),
        eq(stepResults.kind, kind),
        eq(stepResults.inputHash, inputHash),
      ),
    );
}

export async function keepResult(
  tx: Database,
  step: Pick<StepRow, 'accountId' | 'kind'>,
  result: { readonly inputHash: string; readonly output: unknown },
): Promise<void> {
  const { accountId, kind } = step;
  const { inputHash, output } = result;
  await tx.insert(stepResults).values({ accountId, kind, inputHash, output }).onConflictDoNothing();
}
