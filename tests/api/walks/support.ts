import { expect, test } from 'vitest';
import { newId } from '../../../server/platform/ids.ts';
import { addFailedDelivery } from '../../harness/failed-delivery.ts';
import type { ApiService } from '../service.ts';
import { wholePageOf } from '../shapes.ts';

/** Staff look at accounts and records, and people see what concerned them. */
export function walkSupport(service: () => ApiService): void {
  test('a look at an account, from its beginning to its end', async () => {
    const { owner, other } = service();
    const begun = await service().request('POST', '/app/admin/impersonations', {
      as: owner.session,
      body: { account_id: other.id, reason: 'They asked how to begin.' },
    });
    expect(begun.status).toBe(201);
    const ended = await service().request('DELETE', '/app/admin/impersonations/current', {
      as: owner.session,
    });
    expect(ended.status).toBe(204);
    const again = await service().request('DELETE', '/app/admin/impersonations/current', {
      as: owner.session,
    });
    expect(again.status).toBe(404);
    const seen = await service().request('GET', '/app/staff-access', { as: other.session });
    expect(wholePageOf(seen).data).toHaveLength(2);
  });

  test('an account is found and viewed, and the records are read', async () => {
    const { owner, other } = service();
    const as = owner.session;
    const search = (query: string) =>
      service().request('POST', '/app/admin/accounts/search', { as, body: { query } });
    expect(wholePageOf(await search(other.id)).data).toMatchObject([
      { id: other.id, state: 'active' },
    ]);
    expect((await search('ab')).status).toBe(422);
    const viewed = await service().request('GET', `/app/admin/accounts/${other.id}`, { as });
    expect(viewed.json).toMatchObject({ id: other.id, is_staff: false, two_factor_since: null });
    const absent = await service().request('GET', `/app/admin/accounts/${newId('acc')}`, { as });
    expect(absent.status).toBe(404);
    const audit = `/app/admin/audit?action=support.account_viewed&account_id=${other.id}`;
    const records = await service().request('GET', audit, { as });
    expect(wholePageOf(records).data).toMatchObject([{ account_id: other.id, actor_id: owner.id }]);
    const refused = await service().request('GET', '/app/admin/moderation', { as });
    expect(refused.status).toBe(200);
  });

  test('what came to nothing is listed, and tried again once', async () => {
    const { clipt, owner, other } = service();
    const as = owner.session;
    const id = await addFailedDelivery(clipt, other.id);
    const listed = await service().request('GET', '/app/admin/dead-letters', { as });
    expect(wholePageOf(listed).data).toMatchObject([{ id, account_id: other.id }]);
    const path = `/app/admin/dead-letters/${id}/retry`;
    expect((await service().request('POST', path, { as })).status).toBe(200);
    expect((await service().request('POST', path, { as })).status).toBe(404);
  });
}
