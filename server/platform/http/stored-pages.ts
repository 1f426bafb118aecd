import type { Context, Hono } from 'hono';
import { etagOf, notModified } from './etag.ts';
import type { Html } from './html.ts';

export type StoredPage = { readonly path: string; readonly type: string; readonly body: string };

/** What stands above every page for whoever holds these cookies; null for nothing. */
export type Banner = (cookies: string) => Promise<Html | null>;

const BODY = /<body[^>]*>/;

/**
 * Serves texts that are there from the start. A browser asks each time whether it has the newest; a page with a banner is
 * sent whole and kept by nobody.
 */
export function servePages(routes: Hono, pages: readonly StoredPage[], banner: Banner): void {
  for (const { path, type, body } of pages) {
    const etag = etagOf(body);
    const isPage = type.startsWith('text/html');
    routes.get(path, async (c) => {
      const shown = isPage ? await bannerOf(c, banner) : null;
      if (shown !== null) {
        const headers = { 'Content-Type': type, 'Cache-Control': 'no-store' };
        return c.body(withBanner(body, shown), 200, headers);
      }
      return (
        notModified(c.req.header('if-none-match'), etag) ??
        c.body(body, 200, { 'Content-Type': type, ETag: etag, 'Cache-Control': 'no-cache' })
      );
    });
  }
}

async function bannerOf(c: Context, banner: Banner): Promise<Html | null> {
  const cookies = c.req.header('cookie');
  return cookies === undefined ? null : await banner(cookies);
}

function withBanner(body: string, { markup }: Html): string {
  if (!BODY.test(body)) throw new TypeError('A page has no body to put a banner into.');
  return body.replace(BODY, (begin) => `${begin}${markup}`);
}
