import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Hosted, ORIGIN, openHosted } from './hosted.ts';

let hosted: Hosted;
beforeAll(async () => {
  hosted = await openHosted();
});
afterAll(() => hosted.close());

test('security.txt is at the public address, whatever host it is asked under', async () => {
  const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' };
  const answer = await hosted.visit().ask('GET', '/.well-known/security.txt', { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const text = await answer.text();
  expect(text).toContain('Contact: mailto:security@clipt.test\n');
  expect(text).toContain(`Canonical: ${ORIGIN}/.well-known/security.txt\n`);
  for (const [, path = ''] of text.matchAll(/: https:\/\/clipt\.test(\/\S+)/g)) {
    expect([path, (await hosted.visit().ask('GET', path)).status]).toEqual([path, 200]);
  }
});

test('what the privacy page says can be done is there to be done, by whoever is signed in', async () => {
  const page = await (await hosted.visit().ask('GET', '/privacy')).text();
  expect(page).toContain('<dt>Google</dt>');
  const named = [...page.matchAll(/<code>([A-Z]+) (\/[^<]+)<\/code>/g)];
  expect(named.length).toBeGreaterThan(3);
  for (const [operation, method = '', path = ''] of named) {
    const answer = await hosted
      .visit()
      .ask(method, path.replace('{id}', 'none'), { body: method === 'GET' ? undefined : {} });
    expect([operation, answer.status]).toEqual([operation, 401]);
  }
});
