import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { OpenApiDocument } from '../openapi.ts';
import { type Banner, servePages } from '../stored-pages.ts';
import { type ReferenceOptions, renderReferencePage } from './reference-page.ts';

const STYLESHEET = join(import.meta.dirname, 'reference.css');

/**
 * `/docs/api` and its style sheet, and the document itself at `/v1/openapi.json`. To be mounted in `makeHttpApp`. All
 * three are written out once.
 */
export function makeReferenceRoutes(
  document: OpenApiDocument,
  { banner, ...options }: Omit<ReferenceOptions, 'stylesheet'> & { readonly banner: Banner },
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
  servePages(routes, files, banner);
  return routes;
}
