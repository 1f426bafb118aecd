import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { totpCode } from '../../server/two-factor/totp.ts';
import { makeEntrance } from '../../server/wiring/entrance.ts';
import { type Hosted, ORIGIN, openHosted, STAFF } from './hosted.ts';

type Visitor = ReturnType<Hosted['visit']>;

const SESSION = '__Host-clipt.session';
const STEP_MS = 30_000;

let hosted: Hosted;
let people = 0;
beforeAll(async () => {
  hosted = await openHosted({
    ...{ CLIPT_REQUESTS_PER_MINUTE: '100000', CLIPT_VIDEOS_PER_MINUTE: '100000' },
    // Nobody works on the queue here: mail is put on its way and goes no further.
    ...{ RESEND_API_KEY: 're_tests', MAIL_FROM: 'no-reply@example.org' },
  });
});
/** Each test has a person of its own. */
beforeEach(() => {
  people += 1;
  hosted.google.twist = { sub: `person ${people}`, email: `person${people}@example.org` };
});
afterAll(() => hosted.close());

const shown = z.looseObject({ secret: z.string(), uri: z.string() });
const recovery = z.looseObject({ recovery_codes: z.array(z.string()) });
const meParts = z.looseObject({
  account_id: z.string(),
  session: z.looseObject({ id: z.string() }),
});
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const now = () => new Date();

async function ask(visitor: Visitor, method: string, path: string, body?: unknown) {
  const answer = await visitor.ask(method, path, body === undefined ? {} : { body });
  const text = await answer.text();
  const json: unknown = text === '' ? null : JSON.parse(text);
  const code = z.object({ code: z.string() }).safeParse(json).data?.code ?? null;
  return { status: answer.status, code, json, headers: answer.headers };
}

/** Signs in with Google and turns two-factor on; gives what the authenticator app knows. */
async function enable(visitor: Visitor) {
  await visitor.signIn();
  const { secret } = shown.parse((await ask(visitor, 'POST', '/app/two-factor')).json);
  const answer = await ask(visitor, 'POST', '/app/two-factor/confirm', {
    code: totpCode(secret, now()),
  });
  expect(answer.status).toBe(200);
  return { secret, recoveryCodes: recovery.parse(answer.json).recovery_codes };
}

/** The code of the next step: the one at hand was used to turn two-factor on. */
const nextCode = (secret: string) => totpCode(secret, new Date(Date.now() + STEP_MS));
/** As if minutes had passed since the last proof and the last code. */
const letTimePass = async () => {
  await hosted.database.pool.query(`update sessions set proved_at = now() - interval '11 minutes'`);
  await hosted.database.pool.query('update second_factors set last_step = 0');
};
const actionsOf = async (accountId: unknown) => {
  const { rows } = await hosted.database.pool.query(
    'select action from audit.entries where subject = $1 order by seq',
    [accountId],
  );
  return rows.map(({ action }) => String(action));
};
const mailsOf = async (accountId: unknown) => {
  const { rows } = await hosted.database.pool.query(
    'select kind, details from mails where account_id = $1 order by created_at, id',
    [accountId],
  );
  return rows;
};

describe('signing in with two-factor on', () => {
  test('takes Google and then a code, and each step has a cookie of its own', async () => {
    const first = hosted.visit();
    const { secret } = await enable(first);
    const visitor = hosted.visit();
    await visitor.signIn();
    expect((await visitor.me()).body['stage']).toBe('second_factor');
    const pending = visitor.jar.get(SESSION) ?? '';
    const code = nextCode(secret);
    const refused = await ask(visitor, 'POST', '/app/two-factor/challenge', { code: wrong(code) });
    expect([refused.status, refused.code]).toEqual([401, 'totp_invalid']);
    const passed = await ask(visitor, 'POST', '/app/two-factor/challenge', { code });
    expect(passed.status).toBe(204);
    expect(passed.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Path=\/; Secure$/);
    expect(visitor.jar.get(SESSION)).not.toBe(pending);
    expect((await visitor.me()).body['stage']).toBe('full');
    const thief = hosted.visit();
    thief.jar.set(SESSION, pending);
    expect((await thief.me()).status).toBe(401);
    const again = await ask(visitor, 'POST', '/app/two-factor/challenge', { code });
    expect([again.status, again.code]).toEqual([409, 'already_signed_in']);
    expect((await first.me()).status).toBe(200);
  });

  test('ends the pending session at the fifth wrong code, and locks the account at the tenth', async () => {
    const { secret } = await enable(hosted.visit());
    const code = nextCode(secret);
    for (const visitor of [hosted.visit(), hosted.visit()]) {
      await visitor.signIn();
      for (let count = 0; count < 5; count += 1) {
        const answer = await ask(visitor, 'POST', '/app/two-factor/challenge', {
          code: wrong(code),
        });
        expect([answer.status, answer.code]).toEqual([401, 'totp_invalid']);
      }
      const after = await ask(visitor, 'POST', '/app/two-factor/challenge', { code });
      expect([after.status, after.code]).toEqual([401, 'session_ended']);
    }
    const visitor = hosted.visit();
    await visitor.signIn();
    const locked = await ask(visitor, 'POST', '/app/two-factor/challenge', { code });
    expect([locked.status, locked.code]).toEqual([429, 'two_factor_locked']);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(14 * 60);
    const { account_id: account } = meParts.parse((await visitor.me()).body);
    const actions = await actionsOf(account);
    expect(actions.filter((action) => action === 'two_factor.failed')).toHaveLength(10);
    expect(actions.filter((action) => action === 'session.revoked')).toHaveLength(2);
    expect(actions).toContain('two_factor.locked');
    expect(await mailsOf(account)).toContainEqual({
      kind: 'two_factor_changed',
      details: { change: 'locked' },
    });
    await hosted.database.pool.query(`update second_factors set locked_until = now()`);
    expect((await ask(visitor, 'POST', '/app/two-factor/challenge', { code })).status).toBe(204);
  });

  test('works with a recovery code, once', async () => {
    const { recoveryCodes } = await enable(hosted.visit());
    const [code = ''] = recoveryCodes;
    const visitor = hosted.visit();
    await visitor.signIn();
    expect((await ask(visitor, 'POST', '/app/two-factor/challenge', { code })).status).toBe(204);
    const state = await ask(visitor, 'GET', '/app/two-factor');
    expect(state.json).toMatchObject({ status: 'on', recovery_codes_left: 9 });
    const other = hosted.visit();
    await other.signIn();
    const again = await ask(other, 'POST', '/app/two-factor/challenge', { code });
    expect([again.status, again.code]).toEqual([401, 'totp_invalid']);
    // Whoever has lost the app turns two-factor off and sets it up anew.
    expect((await ask(visitor, 'DELETE', '/app/two-factor')).status).toBe(204);
    expect((await other.me()).status).toBe(401);
    const next = hosted.visit();
    await next.signIn();
    expect((await next.me()).body['stage']).toBe('full');
  });
});

describe('what needs a fresh proof', () => {
  test('takes a code where two-factor is on, which gives the session another cookie', async () => {
    const visitor = hosted.visit();
    const { secret } = await enable(visitor);
    await letTimePass();
    const path = '/app/two-factor/recovery-codes';
    const refused = await ask(visitor, 'POST', path);
    expect(refused.json).toMatchObject({ code: 'step_up_required', method: 'totp', status: 403 });
    const before = visitor.jar.get(SESSION) ?? '';
    const code = nextCode(secret);
    const mistyped = await ask(visitor, 'POST', '/app/step-up', { code: wrong(code) });
    expect([mistyped.status, mistyped.code]).toEqual([401, 'totp_invalid']);
    expect((await ask(visitor, 'POST', '/app/step-up', { code })).status).toBe(204);
    expect(visitor.jar.get(SESSION)).not.toBe(before);
    const made = await ask(visitor, 'POST', path);
    expect(recovery.parse(made.json).recovery_codes).toHaveLength(10);
  });

  test('takes Google where it is off', async () => {
    const visitor = hosted.visit();
    await visitor.signIn();
    await letTimePass();
    const refused = await ask(visitor, 'POST', '/app/two-factor');
    expect(refused.json).toMatchObject({ code: 'step_up_required', method: 'google' });
    const step = await ask(visitor, 'POST', '/app/step-up', { code: '123456' });
    expect([step.status, step.code]).toEqual([409, 'two_factor_not_enabled']);
    await visitor.signIn();
    expect((await ask(visitor, 'POST', '/app/two-factor')).status).toBe(201);
  });
});

test('the secret and the recovery codes are shown once, and a cookie alone gets neither back', async () => {
  const visitor = hosted.visit();
  await visitor.signIn();
  const enrolled = await ask(visitor, 'POST', '/app/two-factor');
  const { secret, uri } = shown.parse(enrolled.json);
  expect(enrolled.headers.get('cache-control')).toContain('no-store');
  expect(new URL(uri).searchParams.get('issuer')).toBe('clipt.test');
  expect(decodeURIComponent(uri)).toContain(`person${people}@example.org`);
  expect(enrolled.json).toMatchObject({ qr: { path: expect.stringMatching(/^M\d+ \d+h/) } });
  expect((await ask(visitor, 'GET', '/app/two-factor')).json).toEqual({
    ...{ status: 'off', enabled_at: null, recovery_codes_left: 0 },
  });
  const code = totpCode(secret, now());
  const confirmed = await ask(visitor, 'POST', '/app/two-factor/confirm', { code });
  const [recoveryCode = ''] = recovery.parse(confirmed.json).recovery_codes;
  const state = JSON.stringify((await ask(visitor, 'GET', '/app/two-factor')).json);
  expect(state).not.toContain(recoveryCode);
  const again = await ask(visitor, 'POST', '/app/two-factor');
  expect([again.status, again.code]).toEqual([409, 'two_factor_enabled']);
  for (const body of [{}, { code: '' }, { code: 7 }, { code, account_id: 'acc_1' }]) {
    expect((await ask(visitor, 'POST', '/app/two-factor/confirm', body)).status).toBe(422);
  }
});

test('staff are staff only with two-factor on', async () => {
  hosted.google.twist = { sub: 'staff', email: STAFF };
  const visitor = hosted.visit();
  await visitor.signIn();
  const { rows } = await hosted.database.pool.query('select id from accounts where email = $1', [
    STAFF,
  ]);
  const { standing } = makeEntrance(hosted.clipt, hosted.config, ORIGIN);
  expect(await standing.isStaff(rows[0].id)).toBe(false);
  await enable(visitor);
  expect(await standing.isStaff(rows[0].id)).toBe(true);
  expect((await ask(visitor, 'DELETE', '/app/two-factor')).status).toBe(204);
  expect(await standing.isStaff(rows[0].id)).toBe(false);
});

test('what becomes of keys and sessions goes on record, and new keys are told of by mail', async () => {
  const [one, two, three] = [hosted.visit(), hosted.visit(), hosted.visit()];
  for (const visitor of [one, two, three]) await visitor.signIn();
  const { account_id: account } = meParts.parse((await one.me()).body);
  const other = meParts.parse((await two.me()).body).session.id;
  const made = await ask(one, 'POST', '/app/keys', { name: 'a program' });
  const key = z.looseObject({ id: z.string(), key: z.string() }).parse(made.json);
  await ask(one, 'POST', `/app/keys/${key.id}/rotate`, {});
  await ask(one, 'DELETE', `/app/keys/${key.id}`);
  await ask(one, 'DELETE', `/app/sessions/${other}`);
  await ask(one, 'DELETE', '/app/sessions/others');
  await ask(one, 'DELETE', '/app/sessions/current');
  expect((await actionsOf(account)).filter((action) => action !== 'session.began')).toEqual([
    ...['key.created', 'key.rotated', 'key.revoked'],
    ...['session.revoked', 'session.revoked', 'session.ended'],
  ]);
  const { rows } = await hosted.database.pool.query(
    `select entry from audit.entries where subject = $1 and action <> 'session.began' order by seq`,
    [account],
  );
  const [created, , , revoked] = rows.map(({ entry }) => JSON.parse(entry));
  expect(created).toMatchObject({
    ...{ actor: { kind: 'user', account_id: account }, target: key.id },
  });
  expect(revoked).toMatchObject({ target: other, detail: { count: 1, how: 'revoked' } });
  const told = (await mailsOf(account)).filter(({ kind }) => kind === 'key_created');
  expect(told).toHaveLength(2);
  expect(told[0].details).toEqual({ key: key.key.slice(0, 'clipt_live_'.length + 12) });
});
