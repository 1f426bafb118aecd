import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { etagOf, notModified } from '../etag.ts';
import type { OpenApiDocument } from '../openapi.ts';
import { type ReferenceOptions, renderReferencePage } from './reference-page.ts';

const STYLESHEET = join(import.meta.dirname, 'reference.css');

/**
 * `/docs/api` and its style sheet, and the document itself at `/v1/openapi.json`. To be mounted in `makeHttpApp`. All
 * three are written out once.
 */
export function makeReferenceRoutes(
  document: OpenApiDocument,
  options: Omit<ReferenceOptions, 'stylesheet'>,
): Hono {
  const page = renderReferencePage(document, { ...options, stylesheet: '/docs/api.css' });
  const files = [
    { path: '/docs/api', type: 'text/html; charset=utf-8', body: page },
    {
      path: '/docs/api.css',
      type: 'text/css; charset=utf-8',
      body: readFileSync(STYLESHEET, 'utf8'),
    },
    { path: '/v1/openapi.json', type: 'application/json', body: JSON.stringify(document) },
  ];
  const routes = new Hono();
  for (const { path, type, body } of files) {
    const etag = etagOf(body);
    routes.get(
      path,
      (c) =>
        notModified(c.req.header('if-none-match'), etag) ??
        c.body(body, 200, { 'Content-Type': type, ETag: etag, 'Cache-Control': 'no-cache' }),
    );
  }
  return routes;
}
