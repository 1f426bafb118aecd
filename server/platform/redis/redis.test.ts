import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { hasRedisServer, startRedisServer } from '../../../tests/harness/redis-server.ts';
import { silentLog } from '../log.ts';
import { openRedis } from './redis.ts';

test('a server that is not there is told at once, by the name of the setting', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' ? address?.port : 0;
  probe.close();
  await once(probe, 'close');
  const begun = performance.now();
  await expect(openRedis(`redis://127.0.0.1:${port}`, silentLog)).rejects.toMatchObject({
    code: 'redis_unavailable',
    action: expect.stringContaining('REDIS_URL'),
  });
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test.skipIf(!hasRedisServer)('a server that does not let us in is told as well', async () => {
  const server = await startRedisServer(undefined, 'the password');
  try {
    const wrong = server.url.replace('redis://', 'redis://:wrong@');
    for (const url of [wrong, server.url]) {
      await expect(openRedis(url, silentLog)).rejects.toMatchObject({
        action: expect.stringContaining('REDIS_URL'),
      });
    }
    const right = await openRedis(
      server.url.replace('redis://', 'redis://:the%20password@'),
      silentLog,
    );
    expect(await right.client.ping()).toBe('PONG');
    await right.close();
  } finally {
    await server.close();
  }
});

test.skipIf(!hasRedisServer)(
  'a lost connection refuses at once and comes back by itself',
  async () => {
    const server = await startRedisServer();
    const { client, reader, close } = await openRedis(server.url, silentLog);
    try {
      await client.set('a', '1');
      await server.close();
      await expect.poll(() => client.status).not.toBe('ready');
      const begun = performance.now();
      await expect(client.get('a')).rejects.toThrow();
      expect(performance.now() - begun).toBeLessThan(500);
      const back = await startRedisServer(server.port);
      try {
        await expect
          .poll(() => [client.status, reader.status], { timeout: 10_000 })
          .toEqual(['ready', 'ready']);
        expect(await client.get('a')).toBeNull();
      } finally {
        await close();
        await back.close();
      }
    } finally {
      await close();
      await server.close();
    }
  },
);

test.skipIf(!hasRedisServer)(
  'a server that hangs costs a command two seconds, not more',
  async () => {
    const server = await startRedisServer();
    const { client, close } = await openRedis(server.url, silentLog);
    try {
      server.pause();
      const begun = performance.now();
      await expect(client.get('a')).rejects.toThrow('timed out');
      expect(performance.now() - begun).toBeLessThan(4_000);
      server.resume();
      expect(await client.ping()).toBe('PONG');
    } finally {
      server.resume();
      await close();
      await server.close();
    }
  },
);
