import { afterEach, describe, expect, test, vi } from 'vitest';
import { keyOf, noStanding, sessionOf } from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import { SESSION_STAGES } from './endpoint.ts';
import { assertMayAsk, type Standing } from './who-may-ask.ts';

const account = newId('acc');
const proving: Standing = { isStaff: async () => false, stepUpMethod: async () => 'totp' };
const staff: Standing = { isStaff: async (id) => id === account, stepUpMethod: async () => null };
const looking = { id: 'imp_1', adminId: newId('acc'), until: new Date() };
const refused = (code: string) => expect.objectContaining({ code, status: 403 });

describe('a session that owes its second step, or whose account is being deleted', () => {
  test.each([
    ['second_factor', 'second_factor_required'],
    ['restore', 'account_deleted'],
  ] as const)('%s reaches nothing but what names it', async (stage, code) => {
    const caller = sessionOf(account, { stage });
    for (const access of ['videos:read', 'webhooks', 'session', 'admin'] as const) {
      await expect(assertMayAsk(caller, { access }, staff)).rejects.toEqual(refused(code));
    }
    const named = { access: 'session', stages: SESSION_STAGES } as const;
    await expect(assertMayAsk(caller, named, noStanding)).resolves.toBeUndefined();
  });

  test('a full session does not reach what is for the others alone', async () => {
    const only = { access: 'session', stages: ['second_factor'] } as const;
    await expect(assertMayAsk(sessionOf(account), only, noStanding)).rejects.toMatchObject({
      ...{ code: 'already_signed_in', status: 409 },
    });
  });
});

describe('operations of staff', () => {
  test('are for staff alone, never for keys', async () => {
    const access = 'admin' as const;
    await expect(assertMayAsk(sessionOf(account), { access }, staff)).resolves.toBeUndefined();
    await expect(assertMayAsk(sessionOf(newId('acc')), { access }, staff)).rejects.toEqual(
      refused('staff_only'),
    );
    await expect(assertMayAsk(keyOf(account), { access }, staff)).rejects.toEqual(
      refused('key_not_allowed'),
    );
  });
});

describe('staff who look at an account', () => {
  const caller = sessionOf(account, { impersonation: looking });

  test('reach what keys reach, and of the rest what says so', async () => {
    await expect(assertMayAsk(caller, { access: 'videos:write' }, staff)).resolves.toBeUndefined();
    const open = { access: 'session', whileImpersonating: true } as const;
    await expect(assertMayAsk(caller, open, staff)).resolves.toBeUndefined();
  });

  test.each(['session', 'admin'] as const)('reach nothing else of %s', async (access) => {
    await expect(assertMayAsk(caller, { access }, staff)).rejects.toEqual(
      refused('impersonation_forbidden'),
    );
  });
});

describe('what needs a fresh proof', () => {
  const operation = { access: 'session', stepUp: true } as const;
  afterEach(() => vi.useRealTimers());

  test('is done for ten minutes after one, and then asks for another, naming the way', async () => {
    vi.useFakeTimers();
    const caller = sessionOf(account, { provedAt: new Date() });
    vi.advanceTimersByTime(600_000);
    await expect(assertMayAsk(caller, operation, proving)).resolves.toBeUndefined();
    vi.advanceTimersByTime(1);
    await expect(assertMayAsk(caller, operation, proving)).rejects.toMatchObject({
      ...{ code: 'step_up_required', status: 403, details: { method: 'totp' } },
    });
  });

  test('is not done for a session that never had one', async () => {
    const caller = sessionOf(account, { provedAt: null });
    await expect(assertMayAsk(caller, operation, proving)).rejects.toEqual(
      refused('step_up_required'),
    );
  });

  test('needs none where a session is proof enough', async () => {
    const caller = sessionOf(account, { provedAt: null });
    await expect(assertMayAsk(caller, operation, noStanding)).resolves.toBeUndefined();
  });
});
