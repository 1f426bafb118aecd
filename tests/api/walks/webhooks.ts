import { expect, test } from 'vitest';
import type { ApiService } from '../service.ts';
import { first, idOf, makeCanceledVideo, pageOf } from '../shapes.ts';

/** Nobody answers there, and nothing is sent as long as nothing works. */
const NOWHERE = 'http://127.0.0.1:9/clipt';
const MINUTE_MS = 60_000;

/** Webhook endpoints, and what is sent to them. */
export function walkWebhooks(service: () => ApiService): void {
  const ask: ApiService['request'] = (...request) => service().request(...request);

  test('an endpoint is made, changed, tried, sent events again, and deleted', async () => {
    const made = await ask('POST', '/v1/webhook-endpoints', { body: { url: NOWHERE } });
    expect(made.status).toBe(201);
    const path = `/v1/webhook-endpoints/${idOf(made)}`;
    expect(made.headers.get('location')).toBe(path);
    expect(pageOf(await ask('GET', '/v1/webhook-endpoints')).data).toHaveLength(1);
    const changed = await ask('PATCH', path, { body: { description: 'Ours' } });
    expect(changed.json).toMatchObject({ description: 'Ours' });
    expect((await ask('GET', path)).json).toEqual(changed.json);
    expect((await ask('POST', `${path}/rotate`, { body: {} })).status).toBe(200);
    expect((await ask('POST', `${path}/test`)).status).toBe(202);

    const { id } = await makeCanceledVideo(service());
    const { data: events } = pageOf(await ask('GET', `/v1/events?video_id=${id}`));
    const resent = await ask('POST', `/v1/events/${first(events).id}/resend`, { body: {} });
    expect(resent.status).toBe(202);
    const now = Date.now();
    const range = {
      from: new Date(now - MINUTE_MS).toISOString(),
      to: new Date(now + MINUTE_MS).toISOString(),
    };
    expect((await ask('POST', `${path}/resend`, { body: range })).status).toBe(202);
    const deliveries = await ask('GET', `${path}/deliveries?limit=2`);
    expect(pageOf(deliveries)).toMatchObject({ data: [{}, {}], has_more: true });
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
  });
}
