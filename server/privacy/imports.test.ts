import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { addAccount } from '../../tests/harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { APP_ORIGIN, askApp, makeTestApp, sessionOf } from '../../tests/harness/http-app.ts';
import { type SeededAccount, seedAccount } from '../../tests/harness/seed-account.ts';
import { makeAudit } from '../audit/audit.ts';
import { packTar, readTar } from '../platform/archive/tar.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { readAccountRef } from './account-rows.ts';
import { makeImportEndpoint } from './import-routes.ts';
import { makeImports } from './imports.ts';
import { IMPORTED_TABLES } from './registry.ts';
import { writeBundle } from './write-bundle.ts';

const { signal } = new AbortController();
type Files = Map<string, Buffer>;

/** An installation of its own. */
async function openPlace(root: string, name: string) {
  const folder = join(root, name);
  const workDir = join(folder, 'work');
  await mkdir(workDir, { recursive: true });
  const database: TestDatabase = await createTestDatabase();
  const { db } = database;
  const secrets = ['a secret of enough length'];
  const objects: ObjectStore = makeFolderStore({
    root: join(folder, 'store'),
    baseUrl: '',
    secrets,
  });
  const audit = makeAudit({ db, objects, log: silentLog });
  const imports = makeImports({ db, objects, audit });
  return {
    ...{ db, pool: database.pool, objects, imports, workDir, close: database.close },

    async exportOf(id: AccountId): Promise<Files> {
      const account = await readAccountRef(db, id);
      if (!account) throw new Error('There is no such account.');
      const wish = { account, includeMedia: true, madeAt: new Date('2026-05-05'), signal };
      await using bundle = await writeBundle({ db, objects, workDir }, wish);
      const file = join(folder, 'export.tar');
      await writeFile(file, await buffer(bundle.archive));
      const files: Files = new Map();
      for await (const found of readTar(file)) files.set(found.name, await buffer(found.content));
      return files;
    },

    async take(id: AccountId, files: Files) {
      const file = join(folder, 'import.tar');
      await writeFile(file, await packed(files));
      return await imports.take(id, file, signal);
    },

    async countOf(id: AccountId): Promise<number> {
      let count = 0;
      for (const { name } of IMPORTED_TABLES) {
        const { rows } = await database.pool.query(
          `select count(*)::int as n from ${name} where account_id = $1`,
          [id],
        );
        count += rows[0].n;
      }
      return count;
    },
  };
}

async function packed(files: Files): Promise<Buffer> {
  async function* all() {
    for (const [name, content] of files) {
      yield { name, sizeBytes: content.length, content: inOnePiece(content) };
    }
  }
  return await buffer(packTar(all(), { madeAt: new Date('2026-05-05') }));
}

async function* inOnePiece(content: Buffer) {
  yield content;
}

let root: string;
let here: Awaited<ReturnType<typeof openPlace>>;
let there: Awaited<ReturnType<typeof openPlace>>;
let seeded: SeededAccount;
let exported: Files;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clipt-imports-'));
  here = await openPlace(root, 'here');
  there = await openPlace(root, 'there');
  seeded = await seedAccount(here);
  exported = await here.exportOf(seeded.id);
});
afterAll(async () => {
  await here.close();
  await there.close();
  await rm(root, { recursive: true, force: true });
});

const importedTables = (files: Files) =>
  Object.fromEntries(
    IMPORTED_TABLES.map(({ name }) => [name, files.get(`tables/${name}.jsonl`)?.toString()]),
  );
const mediaOf = (files: Files) =>
  Object.fromEntries([...files].filter(([name]) => name.startsWith('media/')));

/** The archive with something changed, and a manifest that tells of it: as anybody could write one. */
function forge(change: (files: Files) => void, from: Files = exported): Files {
  const files = new Map(from);
  change(files);
  const manifest = z
    .looseObject({})
    .parse(JSON.parse(files.get('manifest.json')?.toString() ?? ''));
  files.delete('manifest.json');
  const listed = [...files].map(([name, content]) => ({
    ...{ name, size_bytes: content.length },
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  files.set('manifest.json', Buffer.from(JSON.stringify({ ...manifest, files: listed })));
  return files;
}

function rewrite(files: Files, table: string, change: (text: string) => string): void {
  const name = `tables/${table}.jsonl`;
  files.set(name, Buffer.from(change(files.get(name)?.toString() ?? '')));
}

describe('into an empty installation', () => {
  let account: AccountId;
  beforeAll(async () => {
    account = await addAccount(there.db);
    const { rows, files } = await there.take(account, exported);
    expect(files).toBe(seeded.files.size);
    expect(Object.values(rows).every((count) => count > 0)).toBe(true);
  });

  test('what is exported from there is the same, byte for byte', async () => {
    const again = await there.exportOf(account);
    expect(importedTables(again)).toEqual(importedTables(exported));
    expect(mediaOf(again)).toEqual(mediaOf(exported));
  });

  test('a second time it changes nothing', async () => {
    const { rows, files } = await there.take(account, exported);
    expect([Object.values(rows).reduce((sum, count) => sum + count, 0), files]).toEqual([0, 0]);
    expect(importedTables(await there.exportOf(account))).toEqual(importedTables(exported));
  });

  test('no credential comes with it', async () => {
    for (const table of ['sessions', 'api_keys', 'webhook_endpoints', 'identities']) {
      const { rows } = await there.pool.query(`select account_id from ${table}`);
      // The identity by which this account was made here is its own.
      expect(rows).toHaveLength(table === 'identities' ? 1 : 0);
    }
  });
});

test('into another account of the same installation everything gets new ids, the same ones each time', async () => {
  const other = await addAccount(here.db);
  await here.take(other, exported);
  const first = await here.exportOf(other);
  const count = await here.countOf(other);
  expect(count).toBe(await here.countOf(seeded.id));
  const text = Object.values(importedTables(first)).join('\n');
  for (const table of IMPORTED_TABLES) {
    for (const row of seeded.rows[table.name] ?? []) {
      if (typeof row['id'] === 'string') expect(text).not.toContain(row['id']);
    }
  }
  const { rows } = await here.take(other, exported);
  expect(Object.values(rows).every((added) => added === 0)).toBe(true);
  expect(importedTables(await here.exportOf(other))).toEqual(importedTables(first));
  expect(importedTables(await here.exportOf(seeded.id))).toEqual(importedTables(exported));
});

test('what was lost of the account comes back, and what is there stays as it is', async () => {
  const own = await seedAccount(here);
  const before = await here.exportOf(own.id);
  const [lost = ''] = own.files.keys();
  await here.objects.delete(lost);
  await here.pool.query(`delete from events where account_id = $1`, [own.id]);
  await here.pool.query(`update videos set title = 'Mine' where account_id = $1`, [own.id]);
  const { rows, files } = await here.take(own.id, before);
  expect([rows['events'], rows['videos'], files]).toEqual([1, 0, 1]);
  const after = importedTables(await here.exportOf(own.id));
  expect(after['events']).toEqual(importedTables(before)['events']);
  expect(after['videos']).toContain('"title":"Mine"');
});

test('a video of a topic that the account has already stands beside it', async () => {
  const account = await addAccount(there.db);
  const id = newId('vid');
  await there.pool.query(
    `insert into videos (id, account_id, client_key, title, seed)
     select $1, $2, $3, 'Mine', 1`,
    [id, account, `topic ${seeded.canary}`],
  );
  await there.take(account, exported);
  const { rows } = await there.pool.query(
    'select id, client_key from videos where account_id = $1 order by length(client_key)',
    [account],
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({ id, client_key: `topic ${seeded.canary}` });
  expect(rows[1].client_key).toBe(`topic ${seeded.canary} ${rows[1].id}`);
});

test('what was under way comes as stopped', async () => {
  const account = await addAccount(there.db);
  const running = forge((files) => {
    rewrite(files, 'runs', (text) =>
      text
        .replace('"status":"failed"', '"status":"running"')
        .replace(/"finished_at":"[^"]+"/, '"finished_at":null'),
    );
    rewrite(files, 'purchases', (text) =>
      text
        .replace('"status":"settled"', '"status":"held"')
        .replace(/"ended_at":"[^"]+"/, '"ended_at":null'),
    );
  });
  await there.take(account, running);
  const { rows } = await there.pool.query(
    `select r.status, p.status as purchase from runs r join purchases p on p.run_id = r.id
     where r.account_id = $1 and p.kind = 'clip'`,
    [account],
  );
  expect(rows).toEqual([{ status: 'canceled', purchase: 'released' }]);
});

describe('an archive that is not what it says changes nothing', () => {
  const canary = () => seeded.canary;
  const media = () => [...exported.keys()].find((name) => name.startsWith('media/')) ?? '';
  const damaged = (change: (files: Files) => void): Files => {
    const files = new Map(exported);
    change(files);
    return files;
  };
  const cases: readonly (readonly [string, string, () => Files])[] = [
    [
      'a changed row',
      'import_damaged',
      () =>
        damaged((files) =>
          rewrite(files, 'scenes', (text) => text.replace(canary(), 'x'.repeat(canary().length))),
        ),
    ],
    [
      'a changed file',
      'import_damaged',
      () => damaged((files) => files.set(media(), Buffer.from('other'))),
    ],
    [
      'a file too many',
      'import_damaged',
      () =>
        damaged((files) => {
          const manifest = files.get('manifest.json') ?? Buffer.alloc(0);
          files.delete('manifest.json');
          files.set('media/more', Buffer.from('more')).set('manifest.json', manifest);
        }),
    ],
    ['no manifest', 'import_unreadable', () => damaged((files) => files.delete('manifest.json'))],
    [
      'another form',
      'import_unreadable',
      () =>
        damaged((files) => files.set('manifest.json', Buffer.from('{"format":"clipt-export/2"}'))),
    ],
    [
      'rows that name files which are not there',
      'import_refused',
      () => forge((files) => files.delete(media())),
    ],
    [
      'a file of somebody else',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'renders', (text) =>
            text.replace(/"key": "media\/[^"]+"/, '"key": "0123456789/film.mp4"'),
          ),
        ),
    ],
    [
      'a path out of the prefix',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'transcripts', (text) =>
            text.replace(/"files_prefix":"[^"]+"/, '"files_prefix":"media/../../other"'),
          ),
        ),
    ],
    [
      'a column that is secret',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'takes', (text) => text.replace('{"id"', '{"callback_hash":"aa","id"')),
        ),
    ],
    [
      'a column that is internal',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'takes', (text) => text.replace('{"id"', '{"task_id":"cgt-1","id"')),
        ),
    ],
    [
      'the account of another',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'videos', (text) =>
            text.replace('{"id"', `{"account_id":"${newId('acc')}","id"`),
          ),
        ),
    ],
    [
      'a look that is none',
      'import_refused',
      () =>
        forge((files) => rewrite(files, 'revisions', (text) => text.replace('"9:16"', '"7:7"'))),
    ],
    [
      'a time without end',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'videos', (text) =>
            text.replace(/"created_at":"[^"]+"/, '"created_at":"infinity"'),
          ),
        ),
    ],
    [
      'an id that is none',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(files, 'videos', (text) => text.replaceAll(/vid_[0-9a-f]{32}/g, '../etc')),
        ),
    ],
    [
      'two films of one run',
      'import_refused',
      () =>
        forge((files) =>
          rewrite(
            files,
            'renders',
            (text) => `${text}${text.replace(/ren_[0-9a-f]{32}/, newId('ren'))}`,
          ),
        ),
    ],
    [
      'a NUL',
      'import_refused',
      () => forge((files) => rewrite(files, 'scenes', (text) => text.replace(canary(), '\\u0000'))),
    ],
    [
      'half a line',
      'import_refused',
      () => forge((files) => rewrite(files, 'scenes', (text) => text.slice(0, -2))),
    ],
  ];
  test.each(cases)('%s: %s', async (_what, code, files) => {
    const account = await addAccount(there.db);
    const conflictOr =
      code === 'import_refused' ? /^import_(refused|conflict)$/ : new RegExp(`^${code}$`);
    await expect(there.take(account, files())).rejects.toMatchObject({
      code: expect.stringMatching(conflictOr),
    });
    expect(await there.countOf(account)).toBe(0);
    const prefix = (await readAccountRef(there.db, account))?.storagePrefix;
    for await (const { key } of there.objects.list(`${prefix}/`)) expect(key).toBe('nothing');
  });

  test('a row that hangs on what another account has', async () => {
    const victim = await addAccount(there.db);
    const video = newId('vid');
    await there.pool.query(
      `insert into videos (id, account_id, client_key, title, seed) values ($1, $2, 'k', 't', 1)`,
      [video, victim],
    );
    const account = await addAccount(there.db);
    const hanging = forge((files) => {
      const [own = ''] =
        /vid_[0-9a-f]{32}/.exec(files.get('tables/videos.jsonl')?.toString() ?? '') ?? [];
      rewrite(files, 'event_counts', (text) => text.replace(own, video));
    });
    await expect(there.take(account, hanging)).rejects.toMatchObject({ code: 'import_refused' });
    expect(await there.countOf(account)).toBe(0);
    await there.pool.query('delete from videos where id = $1', [video]);
  });

  test('a storage that fails half-way', async () => {
    const account = await addAccount(there.db);
    let puts = 0;
    const failing: ObjectStore = {
      ...there.objects,
      async put(key, body, options) {
        puts += 1;
        if (puts > 3) throw new Error('no room');
        return await there.objects.put(key, body, options);
      },
    };
    const audit = makeAudit({ db: there.db, objects: failing, log: silentLog });
    const file = join(root, 'failing.tar');
    await writeFile(file, await packed(exported));
    const imports = makeImports({ db: there.db, objects: failing, audit });
    await expect(imports.take(account, file, signal)).rejects.toThrow('no room');
    expect(await there.countOf(account)).toBe(0);
    const prefix = (await readAccountRef(there.db, account))?.storagePrefix;
    for await (const { key } of there.objects.list(`${prefix}/`)) expect(key).toBe('nothing');
  });
});

test('a stored file cannot come as what a browser would run', async () => {
  const account = await addAccount(there.db);
  const name = [...exported.keys()].find((each) => each.startsWith('media/')) ?? '';
  const files = forge(() => undefined);
  const text = files.get('manifest.json')?.toString() ?? '';
  const manifest = z
    .looseObject({ files: z.array(z.looseObject({ name: z.string() })) })
    .parse(JSON.parse(text));
  for (const file of manifest.files)
    if (file.name === name) Object.assign(file, { content_type: 'text/html' });
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  await there.take(account, files);
  const types = new Set<string | undefined>();
  const prefix = (await readAccountRef(there.db, account))?.storagePrefix;
  for await (const { key } of there.objects.list(`${prefix}/`)) {
    types.add((await there.objects.head(key))?.contentType);
  }
  expect([...types]).not.toContain('text/html');
});

describe('over HTTP', () => {
  const post = async (
    account: AccountId,
    body: Buffer,
    over: { maxBytes?: number; type?: string } = {},
  ) => {
    const { imports, workDir } = there;
    const endpoint = makeImportEndpoint({
      ...{ imports, workDir },
      ...(over.maxBytes === undefined ? {} : { maxBytes: over.maxBytes }),
    });
    const app = makeTestApp({ endpoints: [endpoint], caller: sessionOf(account) });
    return await askApp(app, '/app/imports', {
      method: 'POST',
      headers: { origin: APP_ORIGIN, 'content-type': over.type ?? 'application/x-tar' },
      body: new Uint8Array(body),
    });
  };

  test('an archive is the body, and nothing of it stays on disk', async () => {
    const account = await addAccount(there.db);
    const body = await packed(exported);
    const answer = await post(account, body);
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).toMatchObject({
      rows: { videos: 1 },
      files: seeded.files.size,
    });
    const refused = await post(account, Buffer.from('no archive at all'));
    expect([refused.status, refused.problem?.code]).toEqual([422, 'malformed_archive']);
    const large = await post(account, body, { maxBytes: body.length - 1 });
    expect([large.status, large.problem?.code]).toEqual([413, 'import_too_large']);
    const other = await post(account, body, { type: 'application/json' });
    expect([other.status, other.problem?.code]).toEqual([415, 'unsupported_media_type']);
    expect(await readdir(there.workDir)).toEqual([]);
  });
});
