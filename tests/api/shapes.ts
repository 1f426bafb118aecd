import { z } from 'zod';
import type { Reply } from './answer.ts';
import type { ApiService, Ask } from './service.ts';

/** The parts of answers that tests go on with; the document's schemas hold the whole answers. */

const videoParts = z.object({
  id: z.string(),
  title: z.string(),
  status: z.string(),
  revision: z.number(),
  progress: z.number(),
  error: z.unknown(),
  scenes: z.array(
    z.object({ id: z.string(), narration: z.string(), take_id: z.string().nullable() }),
  ),
});
export type VideoParts = z.infer<typeof videoParts>;

export const takeList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      source: z.string(),
      status: z.string(),
      url: z.string().nullable(),
    }),
  ),
});

export const pageParts = z.object({
  data: z.array(z.object({ id: z.string() })),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

export const uploadForm = z.object({
  id: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});
export type UploadForm = z.infer<typeof uploadForm>;

export const videoOf = ({ json }: Reply): VideoParts => videoParts.parse(json);
export const idOf = ({ json }: Reply): string => z.object({ id: z.string() }).parse(json).id;
export const pageOf = ({ json }: Reply) => pageParts.parse(json);

/** A page with its items as they came. */
export const wholePageOf = ({ json }: Reply) =>
  pageParts.extend({ data: z.array(z.looseObject({ id: z.string() })) }).parse(json);

export const codeOf = ({ json }: Reply): string => z.object({ code: z.string() }).parse(json).code;

/** Two short sentences, drawn small and fast. */
export const TINY_VIDEO = {
  title: 'Tiny',
  scenes: [
    { narration: 'Hello there, small world.', visual: 'a city at night' },
    { narration: 'Good bye for now.', visual: 'a beach' },
  ],
  format: '1:1',
  preset: 'draft',
  music: 'none',
} as const;

export const first = <Item>(items: readonly Item[]): Item => {
  const [item] = items;
  if (item === undefined) throw new Error('There is none.');
  return item;
};

/** A video that stands and is not being made. */
export async function makeCanceledVideo(service: ApiService, ask: Ask = {}): Promise<VideoParts> {
  const made = await service.request('POST', '/v1/videos', { body: TINY_VIDEO, ...ask });
  const video = videoOf(made);
  await service.request('POST', `/v1/videos/${video.id}/cancel`, ask.as ? { as: ask.as } : {});
  return video;
}

/** Asks for an upload's form. */
export async function openForm(
  service: ApiService,
  wanted: { readonly content_type: string; readonly size_bytes: number },
  ask: Ask = {},
): Promise<UploadForm> {
  const opened = await service.request('POST', '/v1/uploads', { body: wanted, ...ask });
  return uploadForm.parse(opened.json);
}

/** Sends a file with its form, as a browser does. */
export async function sendForm(
  service: ApiService,
  { url, fields }: UploadForm['upload'],
  file: Uint8Array<ArrayBuffer>,
  type = fields['Content-Type'] ?? '',
): Promise<Reply> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([file], { type }), 'mine.mp4');
  return await service.request('POST', url, { as: {}, raw: form });
}
