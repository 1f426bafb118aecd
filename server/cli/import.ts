import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { parseOptionalAccount } from './account-option.ts';
import { UsageError } from './exit.ts';
import { onInterrupt } from './interrupt.ts';

const optionsSchema = z.object({
  account: z.string().optional(),
  json: z.boolean().default(false),
});

/** `clipt import`: takes an archive that `export` wrote, here or elsewhere, into an account. */
export async function importCommand(
  path: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { account, json } = optionsSchema.parse(rawOptions);
  const chosen = parseOptionalAccount(account);
  const archive = resolve(path);
  if (!(await stat(archive).catch(() => null))?.isFile())
    throw new UsageError('There is no such file.');
  const interrupt = onInterrupt();
  try {
    await using clipt = await openClipt(config);
    const accountId = chosen ?? (await clipt.owner());
    const imported = await clipt.imports.take(accountId, archive, interrupt.signal);
    const rows = Object.values(imported.rows).reduce((sum, count) => sum + count, 0);
    const said = `Took in ${rows} rows and ${imported.files} files; what was there already stays as it was.`;
    process.stdout.write(`${json ? JSON.stringify(imported) : said}\n`);
  } finally {
    interrupt.end();
  }
}
