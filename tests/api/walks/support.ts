import { expect, test } from 'vitest';
import type { ApiService } from '../service.ts';
import { pageOf } from '../shapes.ts';

/** Staff look at an account, and its person sees that they did. */
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
    expect(pageOf(seen).data).toHaveLength(2);
  });
}
