import type { Notify } from '../notify/notify.ts';
import type { Log } from '../platform/log.ts';
import { asProblem } from '../platform/problem.ts';
import type { Exports } from '../privacy/privacy.ts';
import type { StoredTranscripts } from '../transcripts/transcripts.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';

/** Lost bells are looked for as often as this. */
const RESCUE_MS = 5_000;

export type CareDeps = {
  readonly uploads: Pick<Uploads, 'rescue'>;
  readonly storedTranscripts: Pick<StoredTranscripts, 'rescue'>;
  readonly webhooks: Pick<Webhooks, 'rescue'>;
  readonly notify: Pick<Notify, 'rescue'>;
  readonly exports: Pick<Exports, 'rescue'>;
  readonly log: Log;
};

/** Rings again for what waits with nobody at it; each round is bounded and may be done by several processes. Call the result to stop. */
export function startCare(deps: CareDeps): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(rescue).catch((error: unknown) => {
      deps.log.warn('care.rescue_failed', { code: asProblem(error).code });
    });
  }, RESCUE_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };

  async function rescue(): Promise<void> {
    await deps.uploads.rescue();
    await deps.storedTranscripts.rescue();
    await deps.webhooks.rescue();
    await deps.notify.rescue();
    await deps.exports.rescue();
  }
}
