import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bannerForStaff } from '../support/banner.ts';
import { makePages, type PagesDeps } from './pages.ts';

const STATIC = join(import.meta.dirname, 'static');
const alone: PagesDeps = {
  ...{ signInBy: 'link', url: 'http://localhost:3000', contact: null, services: [] },
  serves: () => false,
  banner: async () => null,
  now: () => new Date('2026-11-26T09:30:00Z'),
};
const open: PagesDeps = {
  ...alone,
  ...{ signInBy: 'google', url: 'https://clipt.example', contact: 'mailto:help@clipt.example' },
  serves: () => true,
};
const look = { id: 'imp_1', adminId: 'acc_1', until: new Date() } as const;
const ways = {
  link: makePages(alone),
  google: makePages(open),
  looking: makePages({ ...open, banner: async () => bannerForStaff(look, 'acc_2') }),
};
const pages = ways.link;
const PAGES = [
  '/',
  '/signin',
  '/settings/security',
  '/privacy',
  '/acceptable-use',
  '/security',
  '/security/thanks',
];

/** What a page or a script loads. */
function references(text: string, from: string): readonly string[] {
  const found = text.matchAll(/(?:href|src)="([^"#]+)"|from '([^']+)'/g);
  return [...found]
    .map(([, inPage, inScript]) => new URL(inPage ?? inScript ?? '', `http://x${from}`).pathname)
    .filter((path) => path.startsWith('/pages/') || PAGES.includes(path));
}

test('every page, and everything that it loads, is there with its right type', async () => {
  const types: Readonly<Record<string, string>> = {
    css: 'text/css; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    svg: 'image/svg+xml',
  };
  const loaded = new Set<string>();
  for (const way of Object.values(ways)) {
    const seen = new Set<string>(PAGES);
    for (const path of seen) {
      const answer = await way.request(path, { headers: { cookie: 'a=b' } });
      expect([path, answer.status]).toEqual([path, 200]);
      const ending = path.split('.')[1] ?? '';
      expect(answer.headers.get('content-type')).toBe(types[ending] ?? 'text/html; charset=utf-8');
      for (const next of references(await answer.text(), path)) seen.add(next);
      loaded.add(path);
    }
  }
  const files = readdirSync(STATIC);
  expect([...loaded].filter((path) => path.startsWith('/pages/')).toSorted()).toEqual(
    files.map((file) => `/pages/${file}`).toSorted(),
  );
});

test('what a browser has already is not sent again', async () => {
  const first = await pages.request('/pages/style.css');
  expect(first.headers.get('cache-control')).toBe('no-cache');
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
  const again = await pages.request('/pages/style.css', { headers });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const other = await pages.request('/', { headers });
  expect(other.status).toBe(200);
});

test('no page carries a script or style of its own, which the content policy would stop', async () => {
  const all = Object.values(ways).flatMap((way) =>
    PAGES.map((path) => way.request(path, { headers: { cookie: 'a=b' } })),
  );
  for (const answer of await Promise.all(all)) {
    const text = await answer.text();
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+="|javascript:/i);
    for (const [, attributes = '', content = ''] of text.matchAll(
      /<script([^>]*)>(.*?)<\/script>/gs,
    )) {
      expect(attributes).toMatch(/src="\/pages\//);
      expect(content).toBe('');
    }
  }
});

test('no script turns text into elements', () => {
  const scripts = readdirSync(STATIC).filter((file) => file.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  for (const file of scripts) {
    const text = readFileSync(join(STATIC, file), 'utf8');
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML|srcdoc/,
    );
  }
});

test('every page ends with the way to what people may count on', async () => {
  for (const way of Object.values(ways)) {
    for (const path of PAGES) {
      const text = await (await way.request(path)).text();
      const [, footer = '', rest] = text.split(/<footer>|<\/footer>/);
      expect([path, rest?.trim()]).toEqual([path, '</body>\n</html>']);
      const links = [...footer.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
      expect(links).toEqual(['/privacy', '/acceptable-use', '/security', '/docs/api']);
    }
  }
});

test('whoever signs in is told what that means', async () => {
  for (const way of Object.values(ways)) {
    const text = await (await way.request('/signin')).text();
    const [, agreement = ''] = /<p class="agreement[^>]*>(.*?)<\/p>/s.exec(text) ?? [];
    expect(agreement).toContain('<a href="/acceptable-use">');
    expect(agreement).toContain('<a href="/privacy">');
  }
});

test('security.txt is plain text where there is a contact and https, and is not there otherwise', async () => {
  const path = '/.well-known/security.txt';
  const answer = await ways.google.request(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await answer.text()).toContain('Contact: mailto:help@clipt.example\n');
  for (const deps of [alone, { ...open, contact: null }, { ...open, url: alone.url }]) {
    expect((await makePages(deps).request(path)).status).toBe(404);
  }
});

test('the contact is on every page that people turn to with a question', async () => {
  for (const path of ['/privacy', '/acceptable-use', '/security']) {
    expect(await (await ways.google.request(path)).text()).toContain('mailto:help@clipt.example');
    expect(await (await ways.link.request(path)).text()).not.toContain('mailto:');
  }
});
