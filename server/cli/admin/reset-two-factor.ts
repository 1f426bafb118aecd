import { z } from 'zod';
import { openClipt } from '../../main.ts';
import type { Config } from '../../platform/config.ts';
import { parseAccount } from '../account-option.ts';
import { confirm } from '../confirm.ts';
import { EXIT, UsageError } from '../exit.ts';

const optionsSchema = z.object({
  reason: z.string().trim(),
  yes: z.boolean().default(false),
  json: z.boolean().default(false),
});
const reasonSchema = z.string().min(10).max(500);

/**
 * `clipt admin reset-two-factor`: takes the second factor from somebody who has lost app and codes. They are signed out
 * everywhere and told by mail, with the reason.
 */
export async function resetTwoFactorCommand(
  account: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { reason: given, yes, json } = optionsSchema.parse(rawOptions);
  const accountId = parseAccount(account);
  const reason = reasonSchema.safeParse(given);
  if (!reason.success) throw new UsageError('--reason takes 10 to 500 characters on one line.');
  const question = `Take the second factor of ${accountId} away, and sign it out everywhere?`;
  if (!yes && !(await confirm(question))) {
    process.stderr.write('Nothing was changed.\n');
    process.exitCode = EXIT.failed;
    return;
  }
  await using clipt = await openClipt(config, 'operator');
  const { endedSessions } = await clipt.twoFactor.reset(accountId, reason.data);
  const told = json
    ? JSON.stringify({ account_id: accountId, reset: true, ended_sessions: endedSessions })
    : `The second factor is gone, and ${endedSessions} sessions have ended.`;
  process.stdout.write(`${told}\n`);
}
