import type { Bus } from '../platform/bus/bus.ts';
import { type AccountId, newId, type VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { EventId, EventRow, EventType } from './schema.ts';
import * as store from './store.ts';

export { presentEvent } from './present.ts';
export type { EventId, EventRow, EventType } from './schema.ts';
export { EVENT_TYPES } from './schema.ts';
export { find as findEvent, listBetween } from './store.ts';

export type NewEvent = {
  readonly accountId: AccountId;
  readonly videoId: VideoId | null;
  readonly type: EventType;
  /** What GET shows of the object at that moment. */
  readonly data: unknown;
};

export type EventsDeps = {
  readonly bus: Bus;
  /** Whoever must hear of it for sure, such as webhooks, in the same transaction. */
  readonly onEmitted: (tx: Database, event: EventRow) => Promise<void>;
};

/** What happened to an account's videos: written in the transaction that made it happen. */
export function makeEvents({ bus, onEmitted }: EventsDeps) {
  return {
    /**
     * Writes the event with the video's next number, and rings for whoever follows: the bus topic `video:<id>` gets
     * `event <sequence>`. Two transactions about one video follow one another. The account's own events have number 0.
     */
    async emit(
      tx: Database,
      { accountId, videoId, type, data }: NewEvent,
    ): Promise<{ readonly id: EventId; readonly sequence: number }> {
      const event = await recordEvent(tx, { accountId, videoId, type, data });
      await onEmitted(tx, event);
      if (videoId !== null) await bus.publish([`video:${videoId}`], `event ${event.sequence}`, tx);
      return { id: event.id, sequence: event.sequence };
    },

    listAfter: store.listAfter,
    listPage: store.listPage,
    latestSequence: store.latestSequence,
    find: store.find,
    prune: store.prune,
  };
}

export type Events = ReturnType<typeof makeEvents>;

/** Writes an event and tells nobody. Events of one video are numbered in the order of their transactions. */
export async function recordEvent(
  tx: Database,
  { accountId, videoId, type, data }: NewEvent,
): Promise<EventRow> {
  const sequence = videoId === null ? 0 : await store.nextSequence(tx, accountId, videoId);
  return await store.insert(tx, { id: newId('evt'), accountId, videoId, type, sequence, data });
}
