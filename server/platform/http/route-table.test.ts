import fc from 'fast-check';
import { Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { expect, test } from 'vitest';
import { type Route, takenRoutes } from './route-table.ts';

/** What answers at an address, with its parameters. */
async function find(routes: readonly Route<string>[], address: string): Promise<string> {
  const app = new Hono({ router: new RegExpRouter() });
  for (const { pattern, find: findRoute } of takenRoutes(routes)) {
    app.get(pattern, (c) => c.text(`${findRoute(c.req.path)} ${JSON.stringify(c.req.param())}`));
  }
  app.notFound((c) => c.text('nothing'));
  return await (await app.request(address)).text();
}

const ROUTES = ['/a', '/a/{id}', '/a/now', '/a/{id}/parts', '/b/{id}/c/{part_id}'].map((path) => ({
  path,
  to: path,
}));

test.each([
  ['/a', '/a {}'],
  ['/a/x', '/a/{id} {"id":"x"}'],
  ['/a/nowhere', '/a/{id} {"id":"nowhere"}'],
  ['/a/now/parts', '/a/{id}/parts {"id":"now"}'],
  ['/b/x/c/y', '/b/{id}/c/{part_id} {"part_id":"y","id":"x"}'],
  ['/a/', 'nothing'],
  ['/a/x/', 'nothing'],
  ['/b/x', 'nothing'],
  ['/c', 'nothing'],
])('%s leads to %s, in whatever order the routes are given', async (address, told) => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(ROUTES, { minLength: ROUTES.length }), async (routes) => {
      expect(await find(routes, address)).toBe(told);
    }),
    { numRuns: 20 },
  );
});

test('a fixed address comes before the one with a parameter that takes it too', async () => {
  for (const routes of [ROUTES, ROUTES.toReversed()]) {
    expect(await find(routes, '/a/now')).toMatch(/^\/a\/now /);
  }
});
