import type { Hono } from 'hono';
import type { Config } from '../platform/config.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';

/** The store, and where it is a folder the routes that serve its signed addresses. */
export async function openObjects(
  config: Config,
  folder: DataFolder,
  secrets: readonly string[],
): Promise<{ readonly objects: ObjectStore; readonly objectRoutes: (() => Promise<Hono>) | null }> {
  if (config.s3) {
    // A tenth of a second of CPU to load, for those who use it.
    const { makeS3Store } = await import('../platform/objects/s3.ts');
    return { objects: makeS3Store({ ...config.s3, cacheDir: folder.cache }), objectRoutes: null };
  }
  // Addresses on whatever host the service was asked under.
  const store = makeFolderStore({ root: folder.objects, baseUrl: '', secrets });
  return {
    objects: store,
    async objectRoutes() {
      const { makeObjectRoutes } = await import('../platform/objects/routes.ts');
      return makeObjectRoutes({ store, signer: store.signer });
    },
  };
}
