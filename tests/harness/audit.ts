import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Audit, type AuditEntry, makeAudit } from '../../server/audit/audit.ts';
import { linkHash } from '../../server/audit/chain.ts';
import { canonicalEntry } from '../../server/audit/entry.ts';
import { type LogFields, silentLog } from '../../server/platform/log.ts';
import { makeFolderStore } from '../../server/platform/objects/folder.ts';
import type { Database } from '../../server/platform/postgres/database.ts';
import { createTestDatabase } from './database.ts';

/** For tests that only write: where anchors would go is never looked at. */
export function makeTestAudit(db: Database): Audit {
  return makeAudit({ db, objects: openStore(join(tmpdir(), 'clipt-no-anchors')), log: silentLog });
}

function openStore(root: string) {
  return makeFolderStore({ root, baseUrl: '', secrets: ['a secret of enough length'] });
}

export type AuditTrial = Awaited<ReturnType<typeof openAuditTrial>>;

/** A chain on a database and a store of the test's own, with what it takes to tamper with it. */
export async function openAuditTrial() {
  const folder = await mkdtemp(join(tmpdir(), 'clipt-audit-'));
  const database = await createTestDatabase();
  const { db, pool, url } = database;
  const objects = openStore(folder);
  const logged: { readonly event: string; readonly fields: LogFields }[] = [];
  const note = (event: string, fields: LogFields = {}) => void logged.push({ event, fields });
  const audit = makeAudit({ db, objects, log: { ...silentLog, info: note, error: note } });

  /** Runs a statement as whoever owns the tables may: with the triggers out of the way. */
  async function tamper(statement: string, values: readonly unknown[] = []): Promise<void> {
    const client = await pool.connect();
    const switchAll = (how: string) =>
      client.query(`alter table audit.entries ${how} trigger all;
        alter table audit.checkpoint ${how} trigger all`);
    await switchAll('disable');
    await client.query(statement, [...values]);
    await switchAll('enable');
    for (const [table, triggers] of Object.entries(TRIGGERS)) {
      for (const trigger of triggers) {
        await client.query(`alter table audit.${table} enable always trigger ${trigger}`);
      }
    }
    client.release();
  }

  return {
    ...{ db, pool, url, audit, objects, logged, tamper },

    /** Writes as many entries, one after the other. */
    async fill(count: number): Promise<void> {
      for (let n = 1; n <= count; n += 1) await audit.write(db, trialEntry({ n }));
    },

    /** A chain from the beginning whose rows were written at these times (SQL), every hash right. */
    async forge(times: readonly string[], entryOf = (n: number) => trialEntry({ n })) {
      await this.empty();
      let previous: Uint8Array = new Uint8Array(32);
      for (const [index, time] of times.entries()) {
        const { rows } = await pool.query(
          `select date_trunc('milliseconds', (${time})::timestamptz) as at`,
        );
        const at: string = rows[0].at.toISOString();
        const entry = canonicalEntry(entryOf(index + 1));
        previous = linkHash(previous, { seq: index + 1, at, entry });
        const values = [index + 1, at, entry, previous];
        await tamper(
          'insert into audit.entries (seq, at, entry, hash) values ($1, $2, $3, $4)',
          values,
        );
      }
    },

    /** As new: no entries, no anchors. */
    async empty(): Promise<void> {
      await tamper('delete from audit.entries');
      await tamper(
        `update audit.checkpoint set seq = 0, at = null, hash = decode(repeat('00', 32), 'hex')`,
      );
      await objects.deletePrefix('');
      logged.length = 0;
    },

    async seqs(): Promise<readonly number[]> {
      const { rows } = await pool.query('select seq::int from audit.entries order by seq');
      return rows.map(({ seq }) => seq);
    },

    async close(): Promise<void> {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const TRIGGERS = {
  entries: ['link', 'refuse_update', 'check_delete', 'refuse_truncate'],
  checkpoint: ['check_checkpoint', 'refuse_change', 'refuse_truncate'],
};

export function trialEntry(detail: AuditEntry['detail'] = {}): AuditEntry {
  return {
    action: 'session.began',
    actor: { kind: 'operator', accountId: null },
    subject: null,
    ...{ target: 'ses_1', detail },
  };
}

/** Times, and what 18 calendar months of UTC after each of them is. */
export const EIGHTEEN_MONTHS = [
  ['an ordinary day', '2025-03-14T15:09:26.535Z', '2026-09-14T15:09:26.535Z'],
  ['a leap day', '2024-02-29T12:00:00.000Z', '2025-08-29T12:00:00.000Z'],
  [
    'the last of August, towards a leap year',
    '2026-08-31T23:59:59.999Z',
    '2028-02-29T23:59:59.999Z',
  ],
  ['the last of August', '2025-08-31T00:00:00.000Z', '2027-02-28T00:00:00.000Z'],
  ['the last of December', '2025-12-31T10:00:00.000Z', '2027-06-30T10:00:00.000Z'],
  ['an hour that New York skips', '2025-03-09T07:30:00.000Z', '2026-09-09T07:30:00.000Z'],
  ['an hour that New York has twice', '2025-11-02T05:30:00.000Z', '2027-05-02T05:30:00.000Z'],
  ['the last second of a year', '2025-12-31T23:59:59.999Z', '2027-06-30T23:59:59.999Z'],
] as const;

/** Of sessions of the database: none of them has a say. */
export const ZONES = ['UTC', 'America/New_York', 'Pacific/Kiritimati', 'Australia/Lord_Howe'];
