import { openClipt } from '../../main.ts';
import type { Config } from '../../platform/config.ts';
import {
  accountId,
  auditFilterSchema,
  presentMatch,
  presentRecord,
} from '../../support/admin-contract.ts';
import { openDesk } from '../../wiring/desk.ts';
import { UsageError } from '../exit.ts';
import { listOptions, OPERATOR, printPage, readOptions } from './options.ts';

const { account_id: account, actor_id: actor, action, from, to } = auditFilterSchema.shape;
const auditOptions = listOptions.extend({ account, actor, action, from, to });
const moderationOptions = listOptions.extend({ account: accountId.optional() });

/** `clipt admin audit`: what was done to accounts, newest first. */
export async function auditRecordsCommand(rawOptions: unknown, config: Config): Promise<void> {
  const { before = null, limit, json, ...chosen } = readOptions(auditOptions, rawOptions);
  if (before !== null && !/^\d{1,15}$/.test(before)) {
    throw new UsageError('--before takes the number of a row.');
  }
  await using clipt = await openClipt(config, 'operator');
  const { account: subject, ...rest } = chosen;
  const desk = openDesk(clipt, config);
  const found = await desk.readAudit(OPERATOR, { ...rest, subject }, { before, limit });
  printPage(
    found,
    { limit, json },
    {
      idOf: ({ id }) => id,
      present: presentRecord,
      describe: (record) => describeRecord(presentRecord(record)),
    },
  );
}

/** `clipt admin moderation`: what moderation refused, newest first. */
export async function moderationCommand(rawOptions: unknown, config: Config): Promise<void> {
  const options = readOptions(moderationOptions, rawOptions);
  const { before = null, limit, account: whose = null } = options;
  await using clipt = await openClipt(config, 'operator');
  const desk = openDesk(clipt, config);
  const found = await desk.readModeration(OPERATOR, whose, { before, limit });
  printPage(found, options, {
    idOf: ({ id }) => id,
    present: presentMatch,
    describe(row) {
      const { at, account_id, category, rule_id } = presentMatch(row);
      return [at, account_id, category, rule_id].join('  ');
    },
  });
}

function describeRecord(record: ReturnType<typeof presentRecord>): string {
  const { id, at, action, actor_kind, actor_id, account_id, target, detail } = record;
  const who = actor_id ?? actor_kind;
  const told = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
  return [id, at, action, `by ${who}`, account_id ?? '–', target ?? '–', ...told].join('  ');
}
