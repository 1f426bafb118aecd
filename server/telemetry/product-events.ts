import type { Answered } from '../platform/http/observe.ts';

/** What is counted of how clipt is used: that somebody did one of these things, by a page or by a program. */
export type ProductEvent = {
  readonly name: ProductEventName;
  readonly via: 'session' | 'key';
};

/** By the operation that stands for it. */
const EVENTS = {
  writeIdeas: 'ideas_written',
  writeScript: 'script_written',
  enhancePrompt: 'prompt_enhanced',
  createVideo: 'video_requested',
  renderVideo: 'video_rendered_again',
  cancelVideo: 'video_canceled',
  createTake: 'take_requested',
  createTranscript: 'transcript_requested',
  createUpload: 'upload_begun',
  createKey: 'key_created',
  createWebhookEndpoint: 'webhook_created',
} as const;

export type ProductEventName = (typeof EVENTS)[keyof typeof EVENTS];

/** What an answered operation counts as; null for what is not counted, was refused, or was done by staff for somebody. */
export function productEventOf({ operation, status, caller }: Answered): ProductEvent | null {
  if (caller === null || status >= 300 || !isCounted(operation)) return null;
  const { via } = caller;
  if (via.kind === 'session' && via.impersonation !== null) return null;
  return { name: EVENTS[operation], via: via.kind };
}

function isCounted(operation: string): operation is keyof typeof EVENTS {
  return Object.hasOwn(EVENTS, operation);
}
