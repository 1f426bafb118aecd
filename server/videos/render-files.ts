import type { AccountId, RenderId, VideoId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { type NamedFile, namedFileSchema } from './contract.ts';
import { RenderFileNotFound, VideoNotFound } from './errors.ts';
import { FILM_FILE_NAMES } from './film-files.ts';
import * as videoStore from './video-store.ts';

/** How long a signed link to a file lives; whoever needs it longer asks again. */
const LINK_SECONDS = 300;

/** Files that are rows, not objects. */
const RECORDS = ['check.json', 'receipt.json'] as const;

export type ListedFile = {
  readonly name: string;
  readonly url: string;
  readonly content_type: string;
  readonly size_bytes: number | null;
};

/** Where a file of a render is: behind a signed address, or in the answer itself. */
export type FoundFile = { readonly location: string } | { readonly json: unknown };

/** The files of finished films. */
export function makeRenderFiles({
  db,
  objects,
}: {
  readonly db: Database;
  readonly objects: ObjectStore;
}) {
  return {
    /** The files of the video's newest film; none while it has no film. */
    async list(
      accountId: AccountId,
      videoId: VideoId,
    ): Promise<{ readonly render_id: string | null; readonly files: readonly ListedFile[] }> {
      if (!(await videoStore.findVideo(db, accountId, videoId))) throw new VideoNotFound();
      const render = await videoStore.findLatestRender(db, accountId, videoId);
      if (!render) return { render_id: null, files: [] };
      const url = (name: string) => `/v1/renders/${render.id}/${name}`;
      const stored = namedFileSchema.array().parse(render.files);
      const files = FILM_FILE_NAMES.flatMap(([suffix, name]) => {
        const file = stored.find((each) => each.suffix === suffix);
        if (!file) return [];
        const { contentType, sizeBytes } = file.object;
        return { name, url: url(name), content_type: contentType, size_bytes: sizeBytes };
      });
      const records = RECORDS.map((name) => ({
        name,
        url: url(name),
        content_type: 'application/json',
        size_bytes: null,
      }));
      return { render_id: render.id, files: [...files, ...records] };
    },

    async find(accountId: AccountId, renderId: RenderId, name: string): Promise<FoundFile> {
      const render = await videoStore.findRender(db, accountId, renderId);
      if (!render) throw new RenderFileNotFound();
      if (name === 'check.json') return { json: render.report };
      if (name === 'receipt.json') return { json: { lines: render.receipt } };
      const suffix = FILM_FILE_NAMES.find(([, known]) => known === name)?.[0];
      const stored = namedFileSchema.array().parse(render.files);
      const file = stored.find((each) => each.suffix === suffix);
      if (!file) throw new RenderFileNotFound();
      return { location: await link(file, name) };
    },
  };

  async function link({ object }: NamedFile, downloadName: string): Promise<string> {
    const { key, contentType } = object;
    return await objects.signedGet(key, { seconds: LINK_SECONDS, contentType, downloadName });
  }
}

export type RenderFiles = ReturnType<typeof makeRenderFiles>;
