import { mailBell } from '../notify/jobs.ts';
import type { MailId } from '../notify/notify.ts';
import type { StepId, UploadId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database, OpenDatabase } from '../platform/postgres/database.ts';
import type { Queue } from '../platform/queue/queue.ts';
import type { ExportId } from '../privacy/contract.ts';
import { exportBell } from '../privacy/privacy.ts';
import type { TranscriptId } from '../transcripts/contract.ts';
import { transcriptBell } from '../transcripts/jobs.ts';
import { uploadBell } from '../uploads/jobs.ts';
import type { Ring } from '../videos/advance.ts';
import { stepBell } from '../videos/jobs.ts';
import { deliveryBell } from '../webhooks/jobs.ts';
import type { DeliveryId } from '../webhooks/webhooks.ts';

/** How long running work has to hand itself back when the process stops. */
const STOP_MS = 1_000;
/** Encoding what users sent; the steps of films go beside it. */
const UPLOADS_AT_ONCE = 1;
const TRANSCRIPTS_AT_ONCE = 1;
const DELIVERIES_AT_ONCE = 8;
/** The vendor takes a few a second from everybody together. */
const MAILS_AT_ONCE = 1;
const EXPORTS_AT_ONCE = 1;

/** Who answers each bell. */
export type Performers = {
  readonly steps: (id: StepId, stopping: AbortSignal) => Promise<void>;
  readonly uploads: { perform(id: UploadId, stopping: AbortSignal): Promise<void> };
  readonly storedTranscripts: { perform(id: TranscriptId, stopping: AbortSignal): Promise<void> };
  readonly webhooks: { deliver(id: DeliveryId, stopping: AbortSignal): Promise<void> };
  readonly notify: { send(id: MailId, stopping: AbortSignal): Promise<void> };
  readonly exports: { perform(id: ExportId, stopping: AbortSignal): Promise<void> };
};

/** The queue as bells: a job names a row and nothing else. Loaded and opened by the first that rings or answers. */
export function makeBells({
  database,
  log,
}: {
  readonly database: OpenDatabase;
  readonly log: Log;
}) {
  let opened: Promise<Queue> | null = null;
  // A command that finds everything made needs no queue.
  const queue = () => {
    opened ??= load().catch((error: unknown) => {
      // The next to ring tries again.
      opened = null;
      throw error;
    });
    return opened;
  };
  async function load(): Promise<Queue> {
    const { openQueue } = await import('../platform/queue/queue.ts');
    return await openQueue({
      database,
      log,
      queues: [stepBell, uploadBell, transcriptBell, deliveryBell, mailBell, exportBell],
    });
  }
  const ringSteps: Ring = async (tx, ids, afterMs) => {
    for (const step_id of ids) {
      await (await queue()).send(stepBell, { step_id }, { tx, startAfterMs: afterMs });
    }
  };

  return {
    /**
     * Opens the queue before anybody rings. Who serves many at once must: they ring within their transactions, and would
     * hold every connection while the queue waits for one to be opened on.
     */
    async open(): Promise<void> {
      await queue();
    },

    ringSteps,

    async ringUpload(tx: Database, upload_id: UploadId, afterMs: number): Promise<void> {
      const payload = { upload_id };
      const options = { tx, startAfterMs: afterMs, singletonKey: upload_id };
      await (await queue()).send(uploadBell, payload, options);
    },

    async ringTranscript(tx: Database, id: TranscriptId, afterMs: number): Promise<void> {
      const payload = { transcript_id: id };
      const options = { tx, startAfterMs: afterMs, singletonKey: id };
      await (await queue()).send(transcriptBell, payload, options);
    },

    async ringDeliveries(tx: Database, ids: readonly DeliveryId[], afterMs: number): Promise<void> {
      for (const delivery_id of ids) {
        await (await queue()).send(deliveryBell, { delivery_id }, { tx, startAfterMs: afterMs });
      }
    },

    async ringMail(tx: Database, mail_id: MailId, afterMs: number): Promise<void> {
      await (await queue()).send(mailBell, { mail_id }, { tx, startAfterMs: afterMs });
    },

    async ringExport(tx: Database, export_id: ExportId, afterMs: number): Promise<void> {
      const options = { tx, startAfterMs: afterMs, singletonKey: export_id };
      await (await queue()).send(exportBell, { export_id }, options);
    },

    /** Jobs that failed for good, newest first, and putting one back. */
    listDead: async (page: Parameters<Queue['deadLetters']>[0]) =>
      (await queue()).deadLetters(page),
    retryDead: async (tx: Database, id: string) => (await queue()).retryDeadLetter(tx, id),

    /** Answers every bell here until the process stops. */
    async answer(perform: Performers, concurrency: number, stopping: AbortSignal): Promise<void> {
      const work = await queue();
      const until = (signal: AbortSignal) => AbortSignal.any([signal, stopping]);
      await work.work(stepBell, { concurrency }, ({ payload, signal }) =>
        perform.steps(payload.step_id, until(signal)),
      );
      await work.work(uploadBell, { concurrency: UPLOADS_AT_ONCE }, ({ payload, signal }) =>
        perform.uploads.perform(payload.upload_id, until(signal)),
      );
      await work.work(transcriptBell, { concurrency: TRANSCRIPTS_AT_ONCE }, (job) =>
        perform.storedTranscripts.perform(job.payload.transcript_id, until(job.signal)),
      );
      await work.work(deliveryBell, { concurrency: DELIVERIES_AT_ONCE }, ({ payload, signal }) =>
        perform.webhooks.deliver(payload.delivery_id, until(signal)),
      );
      await work.work(mailBell, { concurrency: MAILS_AT_ONCE }, ({ payload, signal }) =>
        perform.notify.send(payload.mail_id, until(signal)),
      );
      await work.work(exportBell, { concurrency: EXPORTS_AT_ONCE }, ({ payload, signal }) =>
        perform.exports.perform(payload.export_id, until(signal)),
      );
    },

    async stop(): Promise<void> {
      // Whoever opened it was told where that failed.
      const known = await opened?.catch(() => null);
      await known?.stop({ timeoutMs: STOP_MS });
    },
  };
}

export type Bells = ReturnType<typeof makeBells>;
