import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { etagOf, notModified } from '../platform/http/etag.ts';

type Page = { readonly body: string; readonly type: string; readonly etag: string };

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Addresses and the files behind them, in `static/`. */
const FILES = {
  '/': 'home.html',
  '/pages/style.css': 'style.css',
  '/pages/home.css': 'home.css',
  '/pages/api.js': 'api.js',
  '/pages/film-card.js': 'film-card.js',
  '/pages/films.js': 'films.js',
  '/pages/home.js': 'home.js',
  '/pages/keys.js': 'keys.js',
  '/pages/make-form.js': 'make-form.js',
  '/pages/player.js': 'player.js',
  '/pages/signin.js': 'signin.js',
  '/pages/signin-google.js': 'signin-google.js',
  '/pages/icon.svg': 'icon.svg',
} as const;

/** The page at `/signin`, by how people come in. */
const SIGN_IN = { link: 'signin.html', google: 'signin-google.html' } as const;

/** The pages of an installation: signing in and making a first video. Read once at start. */
export function makePages(signInBy: keyof typeof SIGN_IN): Hono {
  const pages = new Map<string, Page>();
  for (const [path, file] of Object.entries({ ...FILES, '/signin': SIGN_IN[signInBy] })) {
    const body = readFileSync(join(import.meta.dirname, 'static', file), 'utf8');
    pages.set(path, page(body, typeOf(file)));
  }
  const routes = new Hono();
  for (const [path, { body, type, etag }] of pages) {
    routes.get(path, (c) => {
      return (
        notModified(c.req.header('if-none-match'), etag) ??
        c.body(body, 200, { 'Content-Type': type, ETag: etag, 'Cache-Control': 'no-cache' })
      );
    });
  }
  return routes;
}

function page(body: string, type: string): Page {
  return { body, type, etag: etagOf(body) };
}

function typeOf(file: string): string {
  if (file.endsWith('.css')) return TYPES.css;
  if (file.endsWith('.js')) return TYPES.js;
  return file.endsWith('.svg') ? TYPES.svg : TYPES.html;
}
