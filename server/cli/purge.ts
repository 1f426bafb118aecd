import { z } from 'zod';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { Purged } from '../privacy/privacy.ts';
import { parseOptionalAccount } from './account-option.ts';
import { onInterrupt } from './interrupt.ts';

const optionsSchema = z.object({
  account: z.string().optional(),
  dryRun: z.boolean().default(false),
  json: z.boolean().default(false),
});

/**
 * `clipt purge`: removes the accounts whose thirty days are over, or the one given if it is among them; `--dry-run` tells
 * what would be removed. At most 20 in one call.
 */
export async function purgeCommand(rawOptions: unknown, config: Config): Promise<void> {
  const { account, dryRun, json } = optionsSchema.parse(rawOptions);
  const only = parseOptionalAccount(account);
  const interrupt = onInterrupt();
  try {
    await using clipt = await openClipt(config);
    const { signal } = interrupt;
    const found = await (dryRun
      ? clipt.purge.preview(only, signal)
      : clipt.purge.run(only, signal));
    if (json) return print(JSON.stringify({ dry_run: dryRun, accounts: found.map(present) }));
    if (found.length === 0) print('No account is due.');
    for (const each of found) print(`${dryRun ? 'Would purge' : 'Purged'} ${describe(each)}`);
  } finally {
    interrupt.end();
  }
}

function present({ accountId, rows, objects, sizeBytes }: Purged) {
  return { account_id: accountId, rows, objects, size_bytes: sizeBytes };
}

function describe({ accountId, rows, objects, sizeBytes }: Purged): string {
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
  return `${accountId}: ${count} rows, ${objects} files of ${(sizeBytes / 1e6).toFixed(1)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
