import type { ClipOrder } from '../models.ts';
import { RATIO, RESOLUTION, type VideoCapabilities } from './capabilities.ts';
import { clipPrompt } from './clip-prompt.ts';

type Content =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image_url';
      readonly image_url: { readonly url: string };
      readonly role: 'first_frame' | 'reference_image';
    };

/** The body of a create-task request. */
export type TaskOrder = {
  readonly model: string;
  readonly content: readonly Content[];
  readonly ratio: string;
  readonly resolution: string;
  readonly duration: number;
  readonly seed?: number;
  readonly generate_audio?: false;
  readonly watermark: false;
  readonly return_last_frame?: true;
  readonly callback_url?: string;
};

/** A clip order with its pictures read. */
export type ReadOrder = Pick<
  ClipOrder,
  'prompt' | 'seconds' | 'format' | 'seed' | 'wantsLastFrame' | 'callbackUrl'
> & {
  /** `data:` addresses. A first frame excludes references: the vendor takes one kind or the other. */
  readonly firstFrame: string | null;
  readonly references: readonly string[];
};

/** The order in the vendor's words, with no field that the model does not take. The film has sound of our own. */
export function taskOrder(model: string, can: VideoCapabilities, order: ReadOrder): TaskOrder {
  return {
    model,
    content: [{ type: 'text', text: clipPrompt(order.prompt) }, ...pictures(order)],
    ratio: order.firstFrame !== null && can.firstFrameSetsRatio ? 'adaptive' : RATIO[order.format],
    resolution: RESOLUTION,
    duration: order.seconds,
    ...(can.seed ? { seed: order.seed } : {}),
    ...(can.audio ? { generate_audio: false } : {}),
    watermark: false,
    ...(can.lastFrame && order.wantsLastFrame ? { return_last_frame: true } : {}),
    ...(order.callbackUrl === null ? {} : { callback_url: order.callbackUrl }),
  };
}

function pictures({ firstFrame, references }: ReadOrder): readonly Content[] {
  if (firstFrame !== null) return [picture(firstFrame, 'first_frame')];
  return references.map((url) => picture(url, 'reference_image'));
}

function picture(url: string, role: 'first_frame' | 'reference_image'): Content {
  return { type: 'image_url', image_url: { url }, role };
}
