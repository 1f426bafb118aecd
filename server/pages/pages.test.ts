import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makePages } from './pages.ts';

const STATIC = join(import.meta.dirname, 'static');
const ways = { link: makePages('link'), google: makePages('google') };
const pages = ways.link;
const PAGES = ['/', '/signin'];

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
      const answer = await way.request(path);
      expect([path, answer.status]).toEqual([path, 200]);
      const ending = path.split('.')[1] ?? '';
      expect(answer.headers.get('content-type')).toBe(types[ending] ?? 'text/html; charset=utf-8');
      for (const next of references(await answer.text(), path)) seen.add(next);
      loaded.add(path);
    }
  }
  const files = readdirSync(STATIC).filter((file) => !file.endsWith('.html'));
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
  const all = Object.values(ways).flatMap((way) => PAGES.map((path) => way.request(path)));
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
