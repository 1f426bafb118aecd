import { z } from 'zod';
import type { KeyRow, Keys } from '../keys/keys.ts';
import { keyName, presentKey, presentNewKey } from '../keys/routes.ts';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { SCOPES } from '../platform/http/endpoint.ts';
import { type AccountId, isId } from '../platform/ids.ts';
import { UsageError } from './exit.ts';

const json = z.boolean().default(false);
const createOptions = z.object({
  name: z.string(),
  scopes: z.string().optional(),
  expires: z.string().optional(),
  json,
});
const otherOptions = z.object({ json });
const scopeList = z.array(z.enum(SCOPES)).min(1);

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS };
const LONGEST_MS = 3_650 * 24 * HOUR_MS;

/**
 * `clipt keys create|list|revoke`: API keys of whoever runs this installation. A new key goes to stdout, once, and
 * what may be done with it to stderr. A mistake in what was given is told before anything is opened.
 */
export async function keysCommand(
  action: 'create' | 'list' | 'revoke',
  args: readonly string[],
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const run = prepare(action, args, rawOptions);
  await using clipt = await openClipt(config, 'operator');
  await run(clipt.keys, await clipt.owner());
}

type Work = (keys: Keys, owner: AccountId) => Promise<void>;

function prepare(action: string, args: readonly string[], rawOptions: unknown): Work {
  if (action === 'create') return prepareCreate(rawOptions);
  const options = otherOptions.parse(rawOptions);
  if (action === 'list') return (keys, owner) => printKeys(keys, owner, options.json);
  const [id = ''] = args;
  if (!isId('key', id)) {
    throw new UsageError('A key id looks like key_… (see `./clipt keys list`).');
  }
  return async (keys, owner) => {
    await keys.revoke(owner, id);
    print(options.json ? JSON.stringify({ id, revoked: true }) : 'The key does not work any more.');
  };
}

function prepareCreate(rawOptions: unknown): Work {
  const options = createOptions.parse(rawOptions);
  const name = keyName.safeParse(options.name);
  if (!name.success) throw new UsageError('--name takes 1 to 80 characters on one line.');
  const named = options.scopes?.split(',').map((scope) => scope.trim());
  const scopes = scopeList.safeParse(named ?? [...SCOPES]);
  if (!scopes.success) throw new UsageError(`--scopes takes any of ${SCOPES.join(',')}.`);
  const lengthMs = options.expires === undefined ? null : parseLength(options.expires);
  return async (keys, owner) => {
    const expiresAt = lengthMs === null ? null : new Date(Date.now() + lengthMs);
    const wish = { name: name.data, scopes: scopes.data, expiresAt };
    const made = await keys.create(owner, wish);
    if (options.json) return print(JSON.stringify(presentNewKey(made)));
    print(made.text);
    const { row } = made;
    process.stderr.write(
      `${row.name} (${row.id}) may use ${row.scopes.join(', ')}, ${until(row)}. It is not shown again.\n`,
    );
  };
}

/** `90d` or `12h` in milliseconds; ten years at most. */
function parseLength(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? [];
  const lengthMs = Number(count) * (UNIT_MS[unit] ?? 0);
  if (lengthMs > 0 && lengthMs <= LONGEST_MS) return lengthMs;
  throw new UsageError('--expires takes a number of days or hours, such as 90d or 12h.');
}

async function printKeys(keys: Keys, owner: AccountId, asJson: boolean): Promise<void> {
  const rows = await keys.list(owner);
  if (asJson) return print(JSON.stringify({ data: rows.map(presentKey) }));
  if (rows.length === 0) print('There are no keys. Make one: ./clipt keys create --name NAME');
  for (const row of rows) {
    const begins = `clipt_live_${row.publicId}…`;
    print([row.id, begins, row.name, row.scopes.join(','), until(row), used(row)].join('  '));
  }
}

function until({ expiresAt }: KeyRow): string {
  if (expiresAt === null) return 'until revoked';
  const day = expiresAt.toISOString().slice(0, 10);
  return expiresAt.getTime() < Date.now() ? `expired ${day}` : `until ${day}`;
}

function used({ lastUsedAt }: KeyRow): string {
  return lastUsedAt === null ? 'never used' : `used ${lastUsedAt.toISOString().slice(0, 10)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
