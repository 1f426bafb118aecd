import { z } from 'zod';
import { jsonReply } from './reply.ts';
import { Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type PostHogOptions = {
  readonly port?: number;
};

export type PostHogStandIn = StandIn & {
  /** What POSTHOG_HOST and POSTHOG_KEY would be. */
  readonly host: string;
  readonly key: string;
  /** Events as they arrived; a repeat of the same `uuid` is not counted again. */
  readonly received: readonly ReceivedEvent[];
};

const KEY = 'phc_standin';

const event = z.looseObject({
  ...{ event: z.string().min(1), distinct_id: z.string().min(1), uuid: z.uuid() },
  timestamp: z.iso.datetime(),
  properties: z.record(z.string(), z.unknown()),
});
export type ReceivedEvent = z.infer<typeof event>;
const batch = z.looseObject({ api_key: z.string(), batch: z.array(event).min(1) });

/** PostHog's ingestion of batches. Route for faults: `batch`. A key that is not known is answered like one that is. */
export async function startPostHog(options: PostHogOptions = {}): Promise<PostHogStandIn> {
  const received: ReceivedEvent[] = [];
  const standIn = await startStandIn({
    port: options.port ?? 0,
    refusal: ({ status, message }) => jsonReply({ detail: message ?? 'refused' }, { status }),
    onReset() {
      received.length = 0;
    },
    routes: [
      {
        ...{ name: 'batch', method: 'POST', path: '/batch/' },
        handle({ body }) {
          const read = batch.safeParse(body.kind === 'json' ? body.value : null);
          if (!read.success) throw new Refused(400, null, 'bad batch');
          for (const one of read.data.api_key === KEY ? read.data.batch : []) {
            if (!received.some(({ uuid }) => uuid === one.uuid)) received.push(one);
          }
          return jsonReply({ status: 'Ok' });
        },
      },
    ],
  });
  return { ...standIn, host: standIn.url, key: KEY, received };
}
