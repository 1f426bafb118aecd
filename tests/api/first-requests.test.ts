import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/platform/config.ts';
import { SCOPES } from '../../server/platform/http/endpoint.ts';
import { type Service, startService } from '../../server/wiring/service.ts';
import { openStudio, type Studio } from '../vendors/studio.ts';

/** More than a process has connections to its database. */
const AT_ONCE = 24;

let studio: Studio;
let service: Service;

beforeAll(async () => {
  studio = await openStudio({
    works: false,
    env: { CLIPT_PORT: '0', CLIPT_VIDEOS_PER_MINUTE: '1000', CLIPT_RUNNING_VIDEOS: '100' },
  });
  await studio.database.pool.query('drop schema if exists pgboss cascade');
  service = await startService(studio.clipt, readConfig(studio.env, ''));
});
afterAll(async () => {
  await service.stop();
  await studio.close();
});

test('a service that nobody has asked for anything yet takes more films at once than it has connections', async () => {
  const { text } = await studio.clipt.keys.create(studio.account, {
    ...{ name: 'test', scopes: [...SCOPES], expiresAt: null },
  });
  const order = (number: number) =>
    fetch(new URL('/v1/videos', service.heard), {
      method: 'POST',
      headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scenes: [{ narration: `Heron number ${number} stands still.` }] }),
      signal: AbortSignal.timeout(20_000),
    });
  const numbers = Array.from({ length: AT_ONCE }, (_, index) => index);
  const statuses = (await Promise.all(numbers.map(order))).map(({ status }) => status);
  expect(statuses).toEqual(numbers.map(() => 202));
});
