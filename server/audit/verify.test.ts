import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuditTrial, openAuditTrial, trialEntry } from '../../tests/harness/audit.ts';

let trial: AuditTrial;
beforeAll(async () => {
  trial = await openAuditTrial();
});
afterAll(() => trial.close());
beforeEach(() => trial.empty());

const faultOf = async () => (await trial.audit.verify()).fault;

describe('the whole check', () => {
  test('passes for nothing, for what was written, and for what is written meanwhile', async () => {
    expect(await trial.audit.verify()).toMatchObject({ fault: null, rows: 0, lastSeq: 0 });
    expect(await trial.audit.anchor()).toBeNull();
    await trial.fill(5);
    await trial.audit.anchor();
    await trial.fill(2);
    expect(await trial.audit.verify()).toEqual({
      ...{ fault: null, rows: 7, lastSeq: 7, checkpointSeq: 0, anchors: 1 },
      newestAnchor: expect.objectContaining({ seq: 5 }),
    });
    const writing = trial.fill(30);
    for (let round = 0; round < 5; round += 1) expect(await faultOf()).toBeNull();
    await writing;
  });

  test.each([
    ['content', `update audit.entries set entry = replace(entry, '"n":3', '"n":4') where seq = 3`],
    ['spelling', `update audit.entries set entry = replace(entry, ',', ', ') where seq = 3`],
    ['time', `update audit.entries set at = at + interval '1 microsecond' where seq = 3`],
    ['hash', `update audit.entries set hash = sha256(hash) where seq = 3`],
  ])('names a row whose %s was changed', async (_, statement) => {
    await trial.fill(6);
    await trial.tamper(statement);
    expect(await faultOf()).toEqual({
      ...{ kind: 'altered', seq: 3, lastSeq: 3 },
      sentence: 'Row 3 was altered, or is not where it was written.',
    });
  });

  test('names a row that was deleted', async () => {
    await trial.fill(6);
    await trial.tamper('delete from audit.entries where seq = 4');
    expect(await faultOf()).toMatchObject({ kind: 'missing', sentence: 'Row 4 is missing.' });
  });

  test('names rows that were deleted with their numbers closed up', async () => {
    await trial.fill(6);
    await trial.tamper('delete from audit.entries where seq = 4');
    await trial.tamper('update audit.entries set seq = 4 where seq = 5');
    expect(await faultOf()).toMatchObject({ kind: 'altered', seq: 4 });
  });

  test('names the first of two rows that changed places', async () => {
    await trial.fill(6);
    await trial.tamper('update audit.entries set seq = -seq where seq in (2, 5)');
    await trial.tamper('update audit.entries set seq = 7 + seq where seq < 0');
    expect(await faultOf()).toMatchObject({ kind: 'altered', seq: 2 });
  });

  test('names a tail that was cut off after it was anchored', async () => {
    await trial.fill(6);
    await trial.audit.anchor();
    await trial.tamper('delete from audit.entries where seq > 4');
    expect(await faultOf()).toMatchObject({
      ...{ kind: 'cut_off', seq: 5, lastSeq: 6 },
      sentence: 'Rows 5 to 6 are missing from the end; the anchors tell of row 6.',
    });
    // Also when the places were filled again.
    await trial.fill(4);
    expect(await faultOf()).toMatchObject({ kind: 'rewritten', seq: 1, lastSeq: 6 });
  });

  test('names what was written anew with every hash right, from the anchor before on', async () => {
    const times = Array.from({ length: 6 }, (_, n) => `'2026-11-0${n + 1}'`);
    await trial.forge(times);
    await trial.audit.anchor();
    const { objects } = trial;
    const kept = [];
    for await (const { key } of objects.list('audit/')) kept.push(key);
    await trial.forge(times, (n) => trialEntry({ n: n === 5 ? 99 : n }));
    for (const key of kept) {
      await objects.put(key, Buffer.from('{}'), { contentType: 'application/json' });
    }
    expect(await faultOf()).toMatchObject({ kind: 'rewritten', seq: 1, lastSeq: 6 });
  });

  test('finds a checkpoint that was moved past rows of the last 18 months', async () => {
    await trial.fill(6);
    await trial.audit.anchor();
    await trial.fill(2);
    await trial.tamper(
      `update audit.checkpoint c set seq = e.seq, at = e.at, hash = e.hash from audit.entries e where e.seq = 7`,
    );
    await trial.tamper('delete from audit.entries where seq <= 7');
    expect(await faultOf()).toMatchObject({ kind: 'pruned_early', seq: 7 });
    await trial.tamper(`update audit.checkpoint set at = '2020-01-01'`);
    expect(await faultOf()).toMatchObject({ kind: 'pruned_early', seq: 6, lastSeq: 7 });
  });

  test('follows more rows than it reads at once', async () => {
    await trial.pool.query(
      `insert into audit.inbox (entry)
       select '{"action":"session.began","actor":{"kind":"system"},"n":' || n || '}' from generate_series(1, 2500) n`,
    );
    expect(await trial.audit.verify()).toMatchObject({ fault: null, rows: 2_500 });
    await trial.tamper(`delete from audit.entries where seq = 2200`);
    expect(await faultOf()).toMatchObject({ kind: 'missing', seq: 2_200 });
  });
});

describe('anchoring', () => {
  test('tells number and hash to the store and to the log', async () => {
    await trial.fill(3);
    const anchor = await trial.audit.anchor();
    const { rows } = await trial.pool.query(
      `select encode(hash, 'hex') as hash from audit.entries where seq = 3`,
    );
    expect(anchor).toMatchObject({ seq: 3, hash: rows[0].hash });
    expect(trial.logged).toEqual([
      { event: 'audit.anchored', fields: { seq: 3, hash: rows[0].hash } },
    ]);
    expect(await trial.audit.checkHead()).toMatchObject({
      ...{ headSeq: 3, fault: null },
      newestAnchor: { seq: 3 },
    });
  });

  test.each([
    ['cut off', 'delete from audit.entries where seq > 2', 'cut_off'],
    ['changed', 'update audit.entries set hash = sha256(hash) where seq = 4', 'rewritten'],
    ['without its row', 'update audit.entries set seq = 9 where seq = 4', 'missing'],
  ])('refuses a chain that is %s, and says so in the log', async (_, statement, kind) => {
    await trial.fill(4);
    await trial.audit.anchor();
    await trial.tamper(statement);
    expect((await trial.audit.checkHead()).fault).toMatchObject({ kind });
    await expect(trial.audit.anchor()).rejects.toMatchObject({ code: 'audit_chain_broken' });
    expect(trial.logged.at(-1)).toMatchObject({ event: 'audit.chain_broken', fields: { kind } });
    expect((await trial.audit.verify()).anchors).toBe(1);
  });

  test('happens once a row has waited for a day, and not again until another has', async () => {
    const anchored = async () => (await trial.audit.checkHead()).newestAnchor?.seq ?? 0;
    await trial.fill(1);
    await trial.audit.care();
    expect(await anchored()).toBe(0);
    await trial.forge([`now() - interval '25 hours'`, `now() - interval '23 hours'`]);
    await trial.audit.care();
    expect(await anchored()).toBe(2);
    await trial.fill(1);
    await trial.audit.care();
    expect(await anchored()).toBe(2);
  });
});
