import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cookieFor } from '../../../server/sessions/cookie.ts';
import type { ApiService, Credential } from '../service.ts';
import { codeOf, idOf } from '../shapes.ts';

const keyParts = z.object({ id: z.string(), key: z.string() });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Who asks: accounts, keys and sessions. */
export function walkAccount(service: () => ApiService): void {
  test('an account by key and by session', async () => {
    const { owner } = service();
    const byKey = await service().request('GET', '/v1/account');
    expect(byKey.json).toMatchObject({ id: owner.id, via: 'key' });
    const bySession = await service().request('GET', '/v1/account', { as: owner.session });
    expect(bySession.json).toEqual({ id: owner.id, via: 'session', scopes: null });
  });

  test('credits and their entries, which another account does not see', async () => {
    expect((await service().request('GET', '/v1/credits')).status).toBe(200);
    const entries = await service().request('GET', '/v1/credits/entries?limit=5');
    expect(entries.status).toBe(200);
    const strange = await service().request('GET', '/v1/credits/entries', {
      as: service().other.key,
    });
    expect(strange.json).toEqual({ data: [], next_cursor: null, has_more: false });
  });

  describe('who may not', () => {
    test('nobody', async () => {
      const refused = await service().request('GET', '/v1/videos', { as: {} });
      expect([refused.status, codeOf(refused)]).toEqual([401, 'unauthenticated']);
    });

    test('a key without the scope', async () => {
      const reader = await service().owner.makeKey('videos:read');
      const refused = await service().request('POST', '/v1/ideas', {
        as: reader,
        body: { topic: 'Bees' },
      });
      expect([refused.status, codeOf(refused)]).toEqual([403, 'missing_scope']);
      expect((await service().request('GET', '/v1/voices', { as: reader })).status).toBe(200);
    });

    test('a key below /app', async () => {
      const refused = await service().request('GET', '/app/keys');
      expect([refused.status, codeOf(refused)]).toEqual([403, 'key_not_allowed']);
    });

    test.each([undefined, 'null', 'https://evil.example'])(
      'a session that comes from %s, to change something',
      async (origin) => {
        const { cookie = '' } = service().owner.session;
        const as = { cookie, ...(origin === undefined ? {} : { origin }) };
        const refused = await service().request('POST', '/v1/ideas', {
          as,
          body: { topic: 'Bees' },
        });
        expect([refused.status, codeOf(refused)]).toEqual([403, 'origin_rejected']);
      },
    );

    test('a key in the address', async () => {
      const key = service().owner.key['authorization']?.slice('Bearer '.length);
      const refused = await service().request('GET', `/v1/videos?api_key=${key}`, { as: {} });
      expect([refused.status, codeOf(refused)]).toEqual([400, 'key_in_address']);
    });
  });

  test('a key is made, used, replaced and revoked', async () => {
    const as = service().owner.session;
    const made = await service().request('POST', '/app/keys', {
      as,
      body: { name: 'Mine', scopes: ['account:read'], expires_in_days: 1 },
    });
    expect(made.status).toBe(201);
    const { id, key } = keyParts.parse(made.json);
    const asks = async (text: string) =>
      (await service().request('GET', '/v1/account', { as: bearer(text) })).status;
    expect(await asks(key)).toBe(200);
    const rotated = await service().request('POST', `/app/keys/${id}/rotate`, { as, body: {} });
    const { key: next } = keyParts.parse(rotated.json);
    expect([await asks(key), await asks(next)]).toEqual([401, 200]);
    const listed = await service().request('GET', '/app/keys', { as });
    expect(listed.bytes.toString()).toContain(id);
    expect(listed.bytes.toString()).not.toContain(next);
    const revoked = await service().request('DELETE', `/app/keys/${id}`, { as });
    expect(revoked.status).toBe(204);
    expect(await asks(next)).toBe(401);
  });

  test('a choice to be counted in product analytics, which is one account’s own', async () => {
    const { owner, other } = service();
    const ask = (method: string, as: Credential = owner.session, body?: unknown) =>
      service().request(method, '/app/telemetry', { as, body });
    expect((await ask('GET')).json).toEqual({ opted_out: false });
    const chosen = await ask('PUT', owner.session, { opted_out: true });
    expect([chosen.status, chosen.json]).toEqual([200, { opted_out: true }]);
    expect((await ask('GET')).json).toEqual({ opted_out: true });
    expect((await ask('GET', other.session)).json).toEqual({ opted_out: false });
    expect((await ask('PUT', owner.session, { opted_out: 'yes' })).status).toBe(422);
    expect(codeOf(await ask('PUT', owner.key, { opted_out: true }))).toBe('key_not_allowed');
  });

  test('a session begins with a link that works once, is listed and ends', async () => {
    const { clipt, owner, url } = service();
    const token = await clipt.sessions.makeSignInLink(owner.id);
    const begin = () =>
      service().request('POST', '/app/sessions', { as: { origin: url }, body: { token } });
    const begun = await begin();
    expect(begun.status).toBe(201);
    const again = await begin();
    expect([again.status, codeOf(again)]).toEqual([401, 'link_used_or_expired']);
    const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';');
    expect(cookie).toMatch(new RegExp(`^${cookieFor(url).name}=[\\w-]{43}$`));
    const as = { cookie, origin: url };
    const me = await service().request('GET', '/app/me', { as });
    expect(me.json).toMatchObject({ account_id: owner.id, session: { id: idOf(begun) } });
    const listed = await service().request('GET', '/app/sessions', { as });
    expect(listed.json).toMatchObject({ data: [{ id: idOf(begun), is_current: true }, {}] });
    const elsewhere = await clipt.sessions.exchange(await clipt.sessions.makeSignInLink(owner.id), {
      ...{ userAgent: 'another test', ip: '127.0.0.1' },
    });
    const other = `/app/sessions/${elsewhere.session.id}`;
    expect((await service().request('DELETE', other, { as })).status).toBe(204);
    expect((await service().request('DELETE', other, { as })).status).toBe(404);
    const ended = await service().request('DELETE', '/app/sessions/current', { as });
    expect(ended.headers.get('set-cookie')).toContain('Max-Age=0');
    const gone = await service().request('GET', '/app/me', { as });
    expect([gone.status, codeOf(gone)]).toEqual([401, 'session_ended']);
  });
}
