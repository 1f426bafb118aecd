import { type Command, Option } from 'commander';
import { LETTER_KINDS } from '../../dead-letters/contract.ts';
import type { Config } from '../../platform/config.ts';

/** `clipt admin …`: what staff do, for whoever runs this installation. Each is on record as done by the operator. */
export function addAdminCommands(program: Command, settings: () => Config): void {
  const admin = program.command('admin').description('accounts and their troubles; on record');
  const json = new Option('--json', 'print JSON on stdout, and nothing else there');
  const limit = new Option('--limit <n>', 'at most so many, 1 to 100').default('20');
  const before = new Option('--before <id>', 'go on after this one');
  const account = new Option('--account <id>', 'of this account alone');

  admin
    .command('accounts')
    .description('find accounts, newest first')
    .argument('<query>', 'an account id, or how the e-mail address begins')
    .addOption(limit)
    .addOption(before)
    .addOption(json)
    .action(async (query: string, options: unknown) => {
      const { accountsCommand } = await import('./accounts.ts');
      await accountsCommand(query, options, settings());
    });

  admin
    .command('show')
    .description('what there is of an account, without anything that its person made')
    .argument('<account>', 'whose: acc_…')
    .addOption(json)
    .action(async (id: string, options: unknown) => {
      const { showCommand } = await import('./accounts.ts');
      await showCommand(id, options, settings());
    });

  admin
    .command('audit')
    .description('the record of what was done to accounts, newest first')
    .addOption(account)
    .option('--actor <id>', 'done by this account alone')
    .option('--action <name>', 'this alone, such as key.created')
    .option('--from <time>', 'from this time on, such as 2026-11-26T00:00:00Z')
    .option('--to <time>', 'before this time')
    .addOption(limit)
    .addOption(before)
    .addOption(json)
    .action(async (options: unknown) => {
      const { auditRecordsCommand } = await import('./records.ts');
      await auditRecordsCommand(options, settings());
    });

  admin
    .command('moderation')
    .description('what moderation refused, newest first: rules, never texts')
    .addOption(account)
    .addOption(limit)
    .addOption(before)
    .addOption(json)
    .action(async (options: unknown) => {
      const { moderationCommand } = await import('./records.ts');
      await moderationCommand(options, settings());
    });

  admin
    .command('dead-letters')
    .description('what failed for good or stays uncertain, newest first')
    .addOption(new Option('--kind <kind>', 'of this kind alone').choices(LETTER_KINDS))
    .option('--retry <id>', 'try this one again')
    .addOption(limit)
    .addOption(before)
    .addOption(json)
    .action(async (options: unknown) => {
      const { deadLettersCommand } = await import('./dead-letters.ts');
      await deadLettersCommand(options, settings());
    });

  admin
    .command('reset-two-factor')
    .description('let somebody in again who lost their app and their recovery codes')
    .argument('<account>', 'whose: acc_…')
    .requiredOption('--reason <text>', 'why, in 10 to 500 characters; its person reads it')
    .option('--yes', 'do not ask before')
    .addOption(json)
    .action(async (account: string, options: unknown) => {
      const { resetTwoFactorCommand } = await import('./reset-two-factor.ts');
      await resetTwoFactorCommand(account, options, settings());
    });
}
