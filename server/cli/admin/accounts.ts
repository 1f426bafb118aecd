import { z } from 'zod';
import { readAccountQuery } from '../../accounts/accounts.ts';
import { openClipt } from '../../main.ts';
import type { Config } from '../../platform/config.ts';
import { accountQuery, presentFound, presentViewed } from '../../support/admin-contract.ts';
import type { FoundAccount } from '../../support/desk.ts';
import { openDesk } from '../../wiring/desk.ts';
import { parseAccount } from '../account-option.ts';
import { UsageError } from '../exit.ts';
import { listOptions, OPERATOR, print, printPage, readOptions } from './options.ts';

/** `clipt admin accounts`: accounts by id or by how their address begins. */
export async function accountsCommand(
  text: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { before = null, ...options } = readOptions(listOptions, rawOptions);
  const query = accountQuery.safeParse(text);
  if (!query.success)
    throw new UsageError('Give an account id, or 3 letters of an address or more.');
  await using clipt = await openClipt(config, 'operator');
  const wish = { before, limit: options.limit };
  const found = await openDesk(clipt, config).search(OPERATOR, readAccountQuery(query.data), wish);
  printPage(found, options, {
    idOf: ({ row }) => row.id,
    present: presentFound,
    describe: describeFound,
  });
}

/** `clipt admin show`: what there is of an account, without anything that its person made. */
export async function showCommand(
  account: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { json } = z.object({ json: z.boolean().default(false) }).parse(rawOptions);
  const accountId = parseAccount(account);
  await using clipt = await openClipt(config, 'operator');
  const shown = presentViewed(await openDesk(clipt, config).view(OPERATOR, accountId));
  if (json) return print(JSON.stringify(shown));
  for (const [name, value] of Object.entries(shown)) {
    print(`${name.replaceAll('_', ' ')}: ${value ?? '–'}`);
  }
}

function describeFound(found: FoundAccount): string {
  const { id, email, state, is_staff, created_at } = presentFound(found);
  const staff = is_staff ? ['staff'] : [];
  return [id, created_at.slice(0, 10), state, ...staff, email ?? '–'].join('  ');
}
