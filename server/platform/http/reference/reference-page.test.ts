import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { askApp, makeTestApp, tryEndpoint } from '../../../../tests/harness/http-app.ts';
import { makeOpenApiDocument } from '../openapi.ts';
import { pageOf, pageQuery } from '../pages.ts';
import { PLATFORM_PROBLEMS } from './problem-codes.ts';
import { makeReferenceRoutes } from './routes.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'&`;
const thing = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['big', 'small']),
    get parts() {
      return z.array(thing);
    },
  })
  .meta({ id: 'Thing', description: HOSTILE });
const endpoints = [
  tryEndpoint({
    summary: `Things ${HOSTILE}`,
    description: `With \`code\` and ${HOSTILE}`,
    query: pageQuery,
    answers: { 200: { description: HOSTILE, body: pageOf(thing, 'ThingPage') } },
  }),
  tryEndpoint({
    ...{ method: 'post', operationId: 'createThing', access: 'videos:write' },
    body: z
      .strictObject({
        name: z.string().min(1).max(80),
        note: z.string().optional().meta({ description: HOSTILE }),
        inner: z.strictObject({ deep: z.number().default(3) }).optional(),
      })
      .meta({ id: 'CreateThing' }),
    answers: { 201: { description: 'Made', body: thing } },
  }),
  tryEndpoint({
    ...{ path: '/v1/things/{id}/events', operationId: 'followThing' },
    params: z.object({ id: z.string().regex(/^thg_[0-9a-f]{32}$/) }),
    answers: { 200: { description: 'The stream', contentType: 'text/event-stream' } },
  }),
];
const about = { title: 'things', version: '1', description: HOSTILE, serverUrl: 'https://a.test' };
const document = makeOpenApiDocument(endpoints, about);
const app = makeTestApp({
  extraRoutes: [
    makeReferenceRoutes(document, { icon: '/pages/icon.svg', banner: async () => null }),
  ],
});
const { text: page, headers } = await askApp(app, '/docs/api');

describe('the reference', () => {
  test('shows every operation under its name, with a command to try it', () => {
    expect(page.match(/<article id="/g)).toHaveLength(endpoints.length);
    for (const { operationId } of endpoints)
      expect(page).toContain(`<article id="${operationId}">`);
    const plain = page
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'");
    expect(plain).toContain(`curl "https://a.test/v1/things" \\
  -X POST \\
  -H "Authorization: Bearer $CLIPT_API_KEY" \\
  -H "Idempotency-Key: $(uuidgen)" \\
  -H "Content-Type: application/json" \\
  -d '{
  "name": "…"
}'`);
    expect(plain).toContain('curl "https://a.test/v1/things/{id}/events" \\\n  -N');
  });

  test('shows fields with their bounds, what lies in them, and objects once', () => {
    const plain = page.replaceAll(/<[^>]+>/g, '');
    expect(plain).toMatch(/name string · 1–80 characters required/);
    expect(plain).toMatch(/limit integer · 1–100 · default 20/);
    expect(plain).toMatch(/deep number · default 3/);
    expect(page.match(/id="object-Thing"/g)).toHaveLength(1);
    expect(page).toContain('list of <a href="#object-Thing">Thing</a>');
    expect(page).not.toContain('id="object-CreateThing"');
  });

  test('describes every problem of the platform where its type points', () => {
    for (const { code } of PLATFORM_PROBLEMS) expect(page).toContain(`id="problem-${code}"`);
  });

  test('has an end for each of its links, and each end once', () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('shows what a text says, and never obeys it', () => {
    expect(page).toContain('<code>code</code>');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(page).not.toContain('<img src=x');
  });

  test('brings no script or style that the content policy would stop', () => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=["']|javascript:/i);
    expect(headers.get('content-security-policy')).toContain("style-src 'self'");
  });

  test('is sent once, with its style sheet and the document', async () => {
    for (const [path, type] of [
      ['/docs/api', 'text/html; charset=utf-8'],
      ['/docs/api.css', 'text/css; charset=utf-8'],
      ['/v1/openapi.json', 'application/json'],
    ] as const) {
      const first = await askApp(app, path);
      expect({ status: first.status, type: first.headers.get('content-type') }).toEqual({
        status: 200,
        type,
      });
      const known = { 'if-none-match': first.headers.get('etag') ?? '' };
      expect((await askApp(app, path, { headers: known })).status).toBe(304);
    }
    expect(JSON.parse((await askApp(app, '/v1/openapi.json')).text)).toMatchObject({
      openapi: '3.1.0',
    });
  });
});
