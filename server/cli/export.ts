import { resolve } from 'node:path';
import { z } from 'zod';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { parseOptionalAccount } from './account-option.ts';
import { deliverStream } from './delivery.ts';
import { onInterrupt } from './interrupt.ts';

const optionsSchema = z.object({
  account: z.string().optional(),
  output: z.string(),
  media: z.boolean().default(false),
});

/** `clipt export`: everything that is kept of an account, as docs/export-format.md describes it, in one file. */
export async function exportCommand(rawOptions: unknown, config: Config): Promise<void> {
  const { account, output, media: includeMedia } = optionsSchema.parse(rawOptions);
  const chosen = parseOptionalAccount(account);
  const target = resolve(output);
  const interrupt = onInterrupt();
  try {
    await using clipt = await openClipt(config);
    const accountId = chosen ?? (await clipt.anyOwner());
    const { signal } = interrupt;
    await using bundle = await clipt.exports.write(accountId, { includeMedia, signal });
    await deliverStream(bundle.archive, target);
    process.stdout.write(`${target}\n`);
  } finally {
    interrupt.end();
  }
}
