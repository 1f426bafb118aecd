import type { Events } from '../events/events.ts';
import type { Bus } from '../platform/bus/bus.ts';
import { videoTopic } from '../videos/feed.ts';
import type { Listeners } from '../videos/lifecycle.ts';
import { readVideoObject } from '../videos/video-object.ts';

/** What videos tell, as events of the account with the video as it stands in that transaction, and hints as messages. */
export function makeTidings({
  events,
  bus,
}: {
  readonly events: Events;
  readonly bus: Bus;
}): Listeners {
  return {
    async tell(tx, { accountId, videoId }, type, sceneId) {
      const video = await readVideoObject(tx, accountId, videoId);
      const data = sceneId === null ? { ...video } : { ...video, scene_id: sceneId };
      await events.emit(tx, { accountId, videoId, type, data });
    },
    moved: (tx, videoIds) => bus.publish(videoIds.map(videoTopic), 'moved', tx),
  };
}
