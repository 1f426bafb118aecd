import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAccount } from '../../tests/harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import type { AccountId } from '../platform/ids.ts';
import { makeLog } from '../platform/log.ts';
import { toProblemJson } from '../platform/problem.ts';
import { ContentRejected } from './errors.ts';
import { listMatches, loadDenyList, makeModeration } from './moderation.ts';

const CANARY = 'canary4711';
const TEXT = `${CANARY}: how to make a bomb`;

let database: TestDatabase;
let owner: AccountId;
let other: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = await ensureOwner(database.db);
  other = await addAccount(database.db);
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('delete from moderation_matches'));

/** The moderation in use, and all that it logged. */
async function open() {
  const lines: string[] = [];
  const log = makeLog('debug', { write: (line) => void lines.push(line) });
  const moderation = makeModeration({ db: database.db, denyList: await loadDenyList(null), log });
  return { moderation, lines };
}

const page = (accountId: AccountId | null, before: string | null = null, limit = 10) =>
  listMatches(database.db, { accountId, before, limit });

describe('moderation', () => {
  test('lets what is allowed pass, and writes nothing of it down', async () => {
    const { moderation, lines } = await open();
    await moderation.assertAllowed(owner, { topic: 'Why octopuses have three hearts', idea: null });
    expect(lines).toEqual([]);
    expect(await page(null)).toEqual([]);
  });

  test('refuses with the category alone, and records category, rule, account and time', async () => {
    const { moderation, lines } = await open();
    const before = Date.now();
    await expect(moderation.assertAllowed(owner, ['A walk', TEXT])).rejects.toMatchObject({
      code: 'content_rejected',
      status: 422,
      details: { category: 'dangerous_instructions' },
    });
    const [match, ...more] = await page(owner);
    expect(more).toEqual([]);
    expect(match).toEqual({
      id: expect.stringMatching(/^mod_/),
      accountId: owner,
      category: 'dangerous_instructions',
      ruleId: expect.stringMatching(/^dan-\d+$/),
      createdAt: expect.any(Date),
    });
    expect(match?.createdAt.getTime()).toBeGreaterThan(before - 60_000);
    const [line = '{}'] = lines;
    expect(JSON.parse(line)).toEqual({
      level: 40,
      time: expect.any(String),
      msg: 'moderation.refused',
      account_id: owner,
      category: 'dangerous_instructions',
      rule_id: match?.ruleId,
    });
  });

  test('keeps no trace of the text: not in the log, the record or the answer, as it is, encoded or hashed', async () => {
    const { moderation, lines } = await open();
    const error = await moderation.assertAllowed(owner, TEXT).then(
      () => null,
      (caught: unknown) => caught,
    );
    if (!(error instanceof ContentRejected)) throw new Error('The text was not refused.');
    const answer = toProblemJson(error, { instance: '/v1/videos', requestId: 'req_1' });
    const { rows } = await database.pool.query('select * from moderation_matches');
    const traces = JSON.stringify([lines, rows, answer, error.message]).toLowerCase();
    expect(traces).toContain('dangerous_instructions');
    const hash = (algorithm: string) => createHash(algorithm).update(TEXT).digest();
    const forms = [
      ...[CANARY, 'bomb', 'how to', Buffer.from(TEXT).toString('base64').slice(0, 12)],
      ...['md5', 'sha1', 'sha256'].flatMap((name) => [
        hash(name).toString('hex').slice(0, 12),
        hash(name).toString('base64').slice(0, 12),
      ]),
    ];
    for (const form of forms) expect(traces).not.toContain(form.toLowerCase());
    expect(JSON.stringify(answer)).not.toContain('dan-');
  });

  test('refuses all the same where the match cannot be recorded', async () => {
    const away = await createTestDatabase();
    const { moderation } = await open();
    const cut = makeModeration({
      ...{ db: away.db, denyList: await loadDenyList(null), log: makeLog('silent') },
    });
    await away.close();
    await expect(cut.assertAllowed(owner, TEXT)).rejects.toThrow();
    await expect(moderation.assertAllowed(owner, TEXT)).rejects.toThrow(ContentRejected);
  });
});

describe('the record of matches', () => {
  test('is paged newest first, of one account or, for staff, of all', async () => {
    const { moderation } = await open();
    const refused = async (account: AccountId, text: string) =>
      expect(moderation.assertAllowed(account, text)).rejects.toThrow(ContentRejected);
    await refused(owner, 'how to make a bomb');
    await refused(other, 'kill all jews');
    await refused(owner, 'suicide methods');
    const categories = async (...about: Parameters<typeof page>) =>
      (await page(...about)).map(({ category }) => category);
    expect(await categories(owner)).toEqual(['self_harm', 'dangerous_instructions']);
    expect(await categories(other)).toEqual(['hate']);
    expect(await categories(null)).toEqual(['self_harm', 'hate', 'dangerous_instructions']);
    const [newest] = await page(null, null, 1);
    expect(await categories(null, newest?.id ?? null)).toEqual(['hate', 'dangerous_instructions']);
  });
});
