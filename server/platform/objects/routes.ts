import { Hono } from 'hono';
import { type Clock, systemClock } from '../clock.ts';
import { LinkRejected } from './errors.ts';
import type { ObjectStore } from './objects.ts';
import { makeServeObject } from './serve-object.ts';
import type { UrlSigner } from './signed-url.ts';
import { makeTakeUpload } from './take-upload.ts';

export type ObjectRoutesDeps = {
  /** A store whose `localFile` is the object itself, as a folder's is. */
  readonly store: ObjectStore;
  /** The store's own. */
  readonly signer: UrlSigner;
  readonly now?: Clock;
};

/** Files of users are shown by nobody but a player or a download. */
const FILE_POLICY = "default-src 'none'; sandbox";

/**
 * Serves the signed addresses of a folder store: `GET` and `HEAD` of `/objects/{key}` with ranges, and form posts to
 * `/objects`. Whatever is altered, expired or meant otherwise gets the same `link_rejected`. To be mounted in
 * `makeHttpApp`, which writes Problems and the headers of every answer.
 */
export function makeObjectRoutes({ store, signer, now = systemClock }: ObjectRoutesDeps): Hono {
  const serveObject = makeServeObject({ store, signer, now });
  const takeUpload = makeTakeUpload({ store, signer });
  const routes = new Hono();
  routes.use('/objects/*', async (c, next) => {
    await next();
    c.res.headers.set('Content-Security-Policy', FILE_POLICY);
  });
  routes.get('/objects/*', (c) => serveObject(c.req.raw));
  routes.post('/objects', (c) => takeUpload(c.req.raw));
  routes.all('/objects/*', () => {
    throw new LinkRejected();
  });
  return routes;
}
