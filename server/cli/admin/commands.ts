import { type Command, Option } from 'commander';
import type { Config } from '../../platform/config.ts';

/** `clipt admin …`: what staff do, for whoever runs this installation. Each is on record as done by the operator. */
export function addAdminCommands(program: Command, settings: () => Config): void {
  const admin = program.command('admin').description('accounts and their troubles; on record');
  const json = new Option('--json', 'print JSON on stdout, and nothing else there');

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
