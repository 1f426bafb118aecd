import type { CreateVideo } from '../../../client/client.ts';
import type { MakeRequest } from '../../videos/videos.ts';
import { remoteKey } from './client-key.ts';
import { makeVideoRemotely, type RemoteJob } from './make-video.ts';

/** `clipt make` on another installation. */
export async function makeRemotely(job: RemoteJob, request: MakeRequest): Promise<void> {
  await makeVideoRemotely(job, (client, signal) => client.createVideo(bodyOf(request), signal));
}

function bodyOf({ clientKey, wish, look }: MakeRequest): CreateVideo {
  const { format, captionStyle: style, voice, music, preset, transition } = look;
  const common = {
    ...{ format, style, voice, music, preset, transition },
    ...{ language: wish.language, client_key: remoteKey(clientKey) },
  };
  if (wish.kind === 'topic') return { ...common, topic: wish.topic, seconds: wish.seconds };
  const scenes = wish.scenes.map(({ narration, visual }) => ({ narration, visual }));
  return { ...common, title: wish.title, scenes };
}
