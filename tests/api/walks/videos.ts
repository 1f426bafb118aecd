import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../../server/platform/postgres/drizzle.ts';
import type { ApiService } from '../service.ts';
import {
  codeOf,
  first,
  idOf,
  makeCanceledVideo,
  openForm,
  pageOf,
  TINY_VIDEO,
  videoOf,
} from '../shapes.ts';

const IMAGE = { content_type: 'image/png', size_bytes: 100 };

/** Videos as long as nothing works on them. */
export function walkVideos(service: () => ApiService): void {
  const ask: ApiService['request'] = (...request) => service().request(...request);

  test('a dry run makes nothing and tells what it would cost', async () => {
    const before = pageOf(await ask('GET', '/v1/videos'));
    const dry = await ask('POST', '/v1/videos', { body: { topic: 'Bees', dry_run: true } });
    expect(dry.status).toBe(200);
    expect(dry.json).toMatchObject({ credits: 0, items: expect.any(Array) });
    expect(pageOf(await ask('GET', '/v1/videos'))).toEqual(before);
  });

  test('a video is made, changed, canceled once, and deleted', async () => {
    const made = await ask('POST', '/v1/videos', {
      body: { ...TINY_VIDEO, metadata: { ours: 7 }, client_key: 'walk' },
    });
    expect(made.status).toBe(202);
    const { id, scenes } = videoOf(made);
    const path = `/v1/videos/${id}`;
    expect(made.headers.get('location')).toBe(path);
    expect((await ask('GET', path)).json).toEqual(made.json);
    const same = await ask('POST', '/v1/videos', { body: { ...TINY_VIDEO, client_key: 'walk' } });
    expect(idOf(same)).toBe(id);
    const named = async (key: string) =>
      pageOf(await ask('GET', `/v1/videos?client_key=${key}`)).data;
    expect(await named('walk')).toEqual([{ id }]);
    expect(await named('run')).toEqual([]);

    const busy = await ask('DELETE', path);
    expect([busy.status, codeOf(busy)]).toEqual([409, 'video_busy']);
    const canceled = await ask('POST', `${path}/cancel`);
    expect(canceled.status).toBe(202);
    const again = await ask('POST', `${path}/cancel`);
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ will_stop: 0, credits_released: 0 });

    const reordered = scenes
      .toReversed()
      .map(({ id: scene, narration }) => ({ id: scene, narration }));
    const patched = await ask('PATCH', path, { body: { title: 'New', scenes: reordered } });
    expect(videoOf(patched)).toMatchObject({ title: 'New', revision: 2 });
    expect(videoOf(patched).scenes.map((scene) => scene.id)).toEqual(
      reordered.map((scene) => scene.id),
    );
    const scenePath = `${path}/scenes/${first(scenes).id}`;
    const narrated = await ask('PATCH', scenePath, { body: { narration: 'Another word.' } });
    expect(videoOf(narrated).scenes.map(({ narration }) => narration)).toContain('Another word.');
    expect(videoOf(await ask('GET', path))).toEqual(videoOf(narrated));
    expect((await ask('GET', `${scenePath}/takes`)).json).toEqual({ data: [] });
    expect((await ask('GET', `${path}/files`)).json).toEqual({ render_id: null, files: [] });

    expect((await ask('DELETE', path)).status).toBe(204);
    const gone = await ask('GET', path);
    expect([gone.status, codeOf(gone)]).toEqual([404, 'video_not_found']);
  });

  test('a video that is as it was known answers 304, and a long poll waits for it to change', async () => {
    const { id } = videoOf(await ask('POST', '/v1/videos', { body: TINY_VIDEO }));
    const path = `/v1/videos/${id}`;
    const etag = (await ask('GET', path)).headers.get('etag') ?? '';
    const known = { 'if-none-match': etag };
    expect((await ask('GET', path, { headers: known })).status).toBe(304);
    expect((await ask('GET', `${path}?wait=1`, { headers: known })).status).toBe(304);
    const waiting = ask('GET', `${path}?wait=15`);
    await ask('POST', `${path}/cancel`);
    expect(videoOf(await waiting).status).toBe('canceled');
    expect((await ask('GET', path, { headers: known })).status).toBe(200);
    const head = await ask('HEAD', path);
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
  });

  test('pages go through every video once, newest first', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await makeCanceledVideo(service())).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = pageOf(await ask('GET', `/v1/videos?limit=2${next}`));
      expect(page.data.length).toBeLessThanOrEqual(2);
      expect(page.has_more).toBe(page.next_cursor !== null);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 5)).toEqual(made);
  });

  test('a cursor of another list, or one that was altered, is refused', async () => {
    const { next_cursor: cursor } = pageOf(await ask('GET', '/v1/videos?limit=1'));
    expect(cursor).not.toBeNull();
    const [id = '', mac = ''] = (cursor ?? '').split('.');
    const altered = [`${id}x.${mac}`, `${id}.${mac.slice(1)}`, id, 'nonsense', '', `${cursor}.`];
    const queries = altered.map((text) => `/v1/videos?cursor=${encodeURIComponent(text)}`);
    for (const path of [...queries, `/v1/events?cursor=${cursor}`]) {
      const refused = await ask('GET', path);
      expect([path, refused.status, codeOf(refused)]).toEqual([path, 400, 'invalid_cursor']);
    }
  });

  describe('the same Idempotency-Key', () => {
    test('gets the first answer, and makes nothing more', async () => {
      const headers = { 'idempotency-key': 'walk-1' };
      const one = await ask('POST', '/v1/videos', { body: TINY_VIDEO, headers });
      const two = await ask('POST', '/v1/videos', { body: TINY_VIDEO, headers });
      expect(two.headers.get('idempotency-replayed')).toBe('true');
      expect([two.status, two.json]).toEqual([one.status, one.json]);
      expect(two.headers.get('location')).toBe(one.headers.get('location'));
      const stranger = await ask('POST', '/v1/videos', {
        ...{ body: TINY_VIDEO, headers, as: service().other.key },
      });
      expect(idOf(stranger)).not.toBe(idOf(one));
      for (const as of [service().owner.key, service().other.key]) {
        const { data } = pageOf(await ask('GET', '/v1/videos?limit=1', { as }));
        await ask('POST', `/v1/videos/${first(data).id}/cancel`, { as });
      }
    });

    test('with another body is refused', async () => {
      const headers = { 'idempotency-key': 'walk-2' };
      await openForm(service(), IMAGE, { headers });
      const refused = await ask('POST', '/v1/uploads', {
        body: { ...IMAGE, size_bytes: 101 },
        headers,
      });
      expect([refused.status, codeOf(refused)]).toEqual([422, 'idempotency_key_reused']);
    });

    test('while the first is being answered is told to come again', async () => {
      const headers = { 'idempotency-key': 'walk-3' };
      const ready = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      const holding = service().db.transaction(async (tx) => {
        await tx.execute(sql`lock table uploads in access exclusive mode`);
        ready.resolve();
        await done.promise;
      });
      await ready.promise;
      const opening = openForm(service(), IMAGE, { headers });
      await expect
        .poll(async () => {
          const { rows } = await service().db.execute(
            sql`select 1 from idempotency_keys where key = 'walk-3'`,
          );
          return rows.length;
        })
        .toBe(1);
      const refused = await ask('POST', '/v1/uploads', { body: IMAGE, headers });
      done.resolve();
      await holding;
      expect([refused.status, codeOf(refused)]).toEqual([409, 'idempotency_in_progress']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const { id } = await opening;
      const replayed = await ask('POST', '/v1/uploads', { body: IMAGE, headers });
      expect(z.object({ id: z.string() }).parse(replayed.json).id).toBe(id);
    });

    test.each([' ', 'a'.repeat(256), 'ümlaut'])('is no %j', async (key) => {
      const headers = { 'idempotency-key': key };
      const refused = await ask('POST', '/v1/uploads', { body: IMAGE, headers });
      expect([refused.status, codeOf(refused)]).toEqual([400, 'bad_idempotency_key']);
    });
  });
}
