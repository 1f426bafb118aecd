import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Clock } from '../platform/clock.ts';
import { etagOf, notModified } from '../platform/http/etag.ts';
import { type Banner, type StoredPage, servePages } from '../platform/http/stored-pages.ts';
import { acceptableUsePage } from './acceptable-use-page.ts';
import { googlePage } from './google-page.ts';
import { homePage } from './home-page.ts';
import { linkPage } from './link-page.ts';
import type { OutsideService } from './outside-services.ts';
import { privacyPage } from './privacy-page.ts';
import { securityPage } from './security-page.ts';
import { securityTxt } from './security-txt.ts';
import { settingsPage } from './settings-page.ts';
import { readThanks, thanksPage } from './thanks.ts';

export { problemPage } from './problem-page.ts';

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
} as const;

/** Addresses and the files behind them, in `static/`. */
const FILES = {
  '/pages/style.css': 'style.css',
  '/pages/home.css': 'home.css',
  '/pages/reading.css': 'reading.css',
  '/pages/settings.css': 'settings.css',
  '/pages/api.js': 'api.js',
  '/pages/film-card.js': 'film-card.js',
  '/pages/films.js': 'films.js',
  '/pages/home.js': 'home.js',
  '/pages/keys.js': 'keys.js',
  '/pages/looking.js': 'looking.js',
  '/pages/make-form.js': 'make-form.js',
  '/pages/player.js': 'player.js',
  '/pages/prove.js': 'prove.js',
  '/pages/rows.js': 'rows.js',
  '/pages/session-list.js': 'session-list.js',
  '/pages/settings.js': 'settings.js',
  '/pages/signin.js': 'signin.js',
  '/pages/signin-google.js': 'signin-google.js',
  '/pages/staff-access.js': 'staff-access.js',
  '/pages/staff-banner.css': 'staff-banner.css',
  '/pages/staff-banner.js': 'staff-banner.js',
  '/pages/two-factor.js': 'two-factor.js',
  '/pages/icon.svg': 'icon.svg',
} as const;

/** The page at `/signin`, by how people come in. */
const SIGN_IN = { link: linkPage, google: googlePage } as const;

export type PagesDeps = {
  readonly signInBy: keyof typeof SIGN_IN;
  /** As people see the installation, without a slash at the end. */
  readonly url: string;
  /** Where vulnerabilities are reported and questions go; null where an owner works alone. */
  readonly contact: string | null;
  readonly services: readonly OutsideService[];
  /** True for an operation of this installation, such as `POST /app/exports`. */
  readonly serves: (operation: string) => boolean;
  /** What stands above every page. */
  readonly banner: Banner;
  readonly now: Clock;
};

/** The pages of an installation: signing in, making a film, and what people may count on. Written out once at start. */
export function makePages(deps: PagesDeps): Hono {
  const routes = new Hono();
  servePages(routes, [...storedFiles(), ...writtenPages(deps)], deps.banner);
  const { contact, url, now } = deps;
  // RFC 9116 §3: over https, and not without a contact.
  if (contact !== null && url.startsWith('https://')) {
    routes.get('/.well-known/security.txt', (c) => {
      const body = securityTxt({ contact, url, now: now() });
      const etag = etagOf(body);
      return (
        notModified(c.req.header('if-none-match'), etag) ??
        c.body(body, 200, { 'Content-Type': TYPES.txt, ETag: etag, 'Cache-Control': 'no-cache' })
      );
    });
  }
  return routes;
}

function storedFiles(): readonly StoredPage[] {
  return Object.entries(FILES).map(([path, file]) => ({
    ...{ path, type: typeOf(file) },
    body: readFileSync(join(import.meta.dirname, 'static', file), 'utf8'),
  }));
}

function writtenPages(deps: PagesDeps): readonly StoredPage[] {
  const { contact, signInBy } = deps;
  const pages = {
    '/': homePage(),
    '/signin': SIGN_IN[signInBy](),
    '/settings/security': settingsPage({ hasTwoFactor: deps.serves('POST /app/two-factor') }),
    '/privacy': privacyPage(deps),
    '/acceptable-use': acceptableUsePage(contact),
    '/security': securityPage(contact),
    '/security/thanks': thanksPage(readThanks()),
  };
  return Object.entries(pages).map(([path, body]) => ({ path, type: TYPES.html, body }));
}

function typeOf(file: string): string {
  if (file.endsWith('.css')) return TYPES.css;
  return file.endsWith('.js') ? TYPES.js : TYPES.svg;
}
