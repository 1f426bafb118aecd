import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditTrial, openAuditTrial } from '../harness/audit.ts';
import { clipt } from './command.ts';

let trial: AuditTrial;
let dataDir: string;
beforeAll(async () => {
  [trial, dataDir] = await Promise.all([
    openAuditTrial(),
    mkdtemp(join(tmpdir(), 'clipt-audit-journey-')),
  ]);
});
afterAll(async () => {
  await trial.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** On a machine with a data folder of that name. */
const runOn = (machine: string, ...args: readonly string[]) =>
  clipt(join(dataDir, machine), args, { DATABASE_URL: trial.url });

test('an operator checks the chain and anchors it, and is told the row when somebody touched it', async () => {
  const run = (...args: readonly string[]) => runOn('one', ...args);
  expect(await run('audit', 'verify')).toMatchObject({
    ...{ status: 0, stdout: 'Nothing is on record yet.\n' },
  });
  await trial.fill(5);
  const anchored = await run('audit', 'anchor');
  expect(anchored.stdout).toMatch(/^Row 5: [0-9a-f]{64}\n$/);
  expect(anchored.status).toBe(0);
  const sound = await run('audit', 'verify', '--json');
  expect(sound.status).toBe(0);
  expect(JSON.parse(sound.stdout)).toEqual({
    ...{ ok: true, rows: 5, checkpoint_seq: 0, last_seq: 5, anchors: 1, anchored_seq: 5 },
    fault: null,
  });

  await trial.tamper('delete from audit.entries where seq = 5');
  const broken = await run('audit', 'verify');
  expect(broken).toMatchObject({
    status: 1,
    stdout: 'Broken. Row 5 is missing from the end; the anchors tell of row 5.\n',
  });
  const told = await run('audit', 'verify', '--json');
  expect(told.status).toBe(1);
  expect(JSON.parse(told.stdout)).toMatchObject({
    ...{ ok: false, rows: 4 },
    fault: { kind: 'cut_off', seq: 5, last_seq: 5 },
  });
  const refused = await run('audit', 'anchor');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('The audit chain is broken. Row 5 is missing');

  const doctor = await run('doctor', '--json');
  const { findings } = JSON.parse(doctor.stdout);
  expect(findings).toContainEqual(
    expect.objectContaining({ name: 'Audit', ok: false, detail: expect.stringContaining('Row 5') }),
  );
});

test('the doctor says how far the chain is anchored, and that a superuser is kept out by triggers alone', async () => {
  await trial.empty();
  await trial.fill(2);
  await runOn('two', 'audit', 'anchor');
  const { stdout } = await runOn('two', 'doctor', '--json');
  expect(JSON.parse(stdout).findings).toContainEqual({
    ...{ name: 'Audit', ok: true },
    detail: expect.stringMatching(/^2 rows, anchored at row 2; only triggers .* superuser/),
  });
});
