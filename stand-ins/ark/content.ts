import { z } from 'zod';
import { Refused } from '../route.ts';
import type { FilmModel, Ratio, Size } from './models.ts';
import { RATIOS } from './models.ts';
import { pictureSize } from './pictures.ts';

const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const image = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string() }),
  role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional(),
});
const video = z.strictObject({
  type: z.literal('video_url'),
  video_url: z.strictObject({ url: z.string().regex(/^(?:https?|asset):\/\//) }),
  role: z.literal('reference_video'),
});
const audio = z.strictObject({
  type: z.literal('audio_url'),
  audio_url: z.strictObject({ url: z.string().regex(/^(?:https?:\/\/|asset:\/\/|data:audio\/)/) }),
  role: z.literal('reference_audio'),
});
const draft = z.strictObject({
  type: z.literal('draft_task'),
  draft_task: z.strictObject({ id: z.string() }),
});
const items = z.array(z.discriminatedUnion('type', [text, image, video, audio, draft])).min(1);
type Image = z.infer<typeof image>;

export type Content = {
  readonly text: string;
  readonly hasFrames: boolean;
  /** Of the first frame, where there is one whose size is known. */
  readonly picture: Size | null;
  /** Settings that are written into the text and obeyed still. */
  readonly flags: {
    readonly ratio?: Ratio | 'adaptive';
    readonly resolution?: string;
    readonly duration?: number;
  };
};

/** What an order films: its text and media, by the rules of their roles. Throws `Refused`. */
export async function readContent(
  given: unknown,
  model: FilmModel,
  signal: AbortSignal,
): Promise<Content> {
  const read = items.safeParse(given);
  if (!read.success) throw invalid(read.error.issues[0]?.message ?? 'It cannot be read.');
  const all = read.data;
  const texts = all.filter((item) => item.type === 'text');
  if (texts.length > 1) throw invalid('There may be one text.');
  const images = all.filter((item) => item.type === 'image_url');
  const videos = all.filter((item) => item.type === 'video_url');
  const audios = all.filter((item) => item.type === 'audio_url');
  if (all.some((item) => item.type === 'draft_task') && !model.takes.includes('draft')) {
    throw invalid('The model makes no drafts.');
  }
  const { first, references } = sortImages(images, model);
  const { references: most } = model;
  if (references.length > most.images) throw invalid('There are too many reference images.');
  if (videos.length > most.videos) throw invalid('There are too many reference videos.');
  if (audios.length > most.audios) throw invalid('There are too many reference audios.');
  if (first && references.length + videos.length + audios.length > 0) {
    throw invalid('First or last frames cannot be mixed with reference media.');
  }
  const isSoundAlone = audios.length > 0 && references.length + videos.length === 0;
  if (isSoundAlone && !most.audioAlone) throw invalid('Audio needs an image or a video.');
  const sizes = new Map<Image, Size | null>();
  for (const one of images) sizes.set(one, await pictureSize(one.image_url.url, signal));
  const prompt = texts[0]?.text ?? '';
  return {
    text: prompt,
    hasFrames: first !== undefined,
    picture: (first && sizes.get(first)) ?? null,
    flags: flagsIn(prompt),
  };
}

function sortImages(images: readonly Image[], model: FilmModel) {
  // A lone image without a role is the first frame.
  const isLone = images.length === 1 && images[0]?.role === undefined;
  const roleOf = (one: Image) => (isLone ? 'first_frame' : one.role);
  if (images.some((one) => roleOf(one) === undefined)) throw invalid('An image needs a role.');
  const firsts = images.filter((one) => roleOf(one) === 'first_frame');
  const lasts = images.filter((one) => roleOf(one) === 'last_frame');
  const references = images.filter((one) => roleOf(one) === 'reference_image');
  if (firsts.length > 1 || lasts.length > 1) throw invalid('There may be one image of a role.');
  if (lasts.length > 0 && firsts.length === 0) throw invalid('A last frame needs a first frame.');
  if (lasts.length > 0 && !model.lastFrame) throw invalid('The model takes no last frame.');
  if (firsts.length > 0 && references.length > 0) throw invalid('Frames exclude references.');
  return { first: firsts[0], references };
}

/** `--rt 9:16`, `--rs 1080p`, `--dur 5`. */
function flagsIn(prompt: string): Content['flags'] {
  const find = (names: string) =>
    new RegExp(`(?:^|\\s)--(?:${names})[ =](\\S+)`, 'i').exec(prompt)?.[1];
  const ratio = [...RATIOS, 'adaptive' as const].find((one) => one === find('rt|ratio'));
  const resolution = find('rs|resolution');
  const duration = find('dur|duration');
  return {
    ...(ratio ? { ratio } : {}),
    ...(resolution ? { resolution } : {}),
    ...(duration ? { duration: Number(duration) } : {}),
  };
}

const invalid = (message: string) => new Refused(400, 'InvalidParameter', message, 'content');
