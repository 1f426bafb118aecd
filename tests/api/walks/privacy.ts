import { expect, test } from 'vitest';
import { z } from 'zod';
import { isId } from '../../../server/platform/ids.ts';
import { cookieFor } from '../../../server/sessions/cookie.ts';
import { addAccount } from '../../harness/accounts.ts';
import type { ApiService } from '../service.ts';
import { codeOf, idOf } from '../shapes.ts';

const exported = z.object({ status: z.string(), file: z.string().nullable() });

/** What is kept of an account, and what its person may ask of it. */
export function walkPrivacy(service: () => ApiService): void {
  test('an export is asked for, made and downloaded', async () => {
    const { owner, other, clipt } = service();
    const as = owner.session;
    const asked = await service().request('POST', '/app/exports', { as, body: {} });
    expect(asked.status).toBe(202);
    const id = idOf(asked);
    const path = `/app/exports/${id}`;
    if (isId('exp', id)) await clipt.exports.perform(id, new AbortController().signal);
    const made = await service().request('GET', path, { as });
    expect(exported.parse(made.json)).toEqual({ status: 'ready', file: `${path}/file` });
    const listed = await service().request('GET', '/app/exports', { as });
    expect(listed.json).toMatchObject({ data: [{ id }] });
    const link = await service().request('GET', `${path}/file`, { as });
    expect(link.status).toBe(302);
    const { bytes } = await service().request('GET', link.headers.get('location') ?? '', {
      as: {},
    });
    expect(bytes.toString('latin1')).toContain(owner.id);
    const imported = await service().request('POST', '/app/imports', {
      ...{ as, raw: new Uint8Array(bytes) },
      headers: { 'content-type': 'application/x-tar' },
    });
    expect(imported.json).toMatchObject({ rows: { videos: 0 }, files: 0 });
    const strange = await service().request('GET', path, { as: other.session });
    expect([strange.status, codeOf(strange)]).toEqual([404, 'export_not_found']);
  });

  test('an account is looked at, given up, and restored by who signs in again', async () => {
    const { clipt, db, url } = service();
    const account = await addAccount(db);
    const signIn = async () => {
      const link = await clipt.sessions.makeSignInLink(account);
      const from = { userAgent: 'a test', ip: '127.0.0.1' };
      const { sessionToken } = await clipt.sessions.exchange(link, from);
      return { cookie: `${cookieFor(url).name}=${sessionToken}`, origin: url };
    };
    const as = await signIn();
    const shown = await service().request('GET', '/app/account', { as });
    expect(shown.json).toMatchObject({ id: account, kind: 'user', deletion: null });
    const body = { confirmation: 'delete my account' };
    const gone = await service().request('DELETE', '/app/account', { as, body });
    expect(gone.status).toBe(202);
    const ended = await service().request('GET', '/app/account', { as });
    expect([ended.status, codeOf(ended)]).toEqual([401, 'session_ended']);
    const again = await signIn();
    const refused = await service().request('GET', '/v1/videos', { as: again });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'account_deleted']);
    const restored = await service().request('POST', '/app/account/restore', { as: again });
    expect(restored.json).toMatchObject({ id: account, deletion: null });
  });
}
