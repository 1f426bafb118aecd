import { createLogUpdate } from 'log-update';
import type { Video } from '../../../client/client.ts';
import { barOf, percentOf } from '../progress.ts';

const STAGE_WORDS: { readonly [Stage in NonNullable<Video['stage']>]: string } = {
  moderate: 'reading the text',
  script: 'writing the script',
  voice: 'speaking',
  clips: 'filming',
  captions: 'timing the words',
  compose: 'composing',
  store: 'finishing',
};

/** Progress of a video elsewhere: a bar on a terminal, a line for each change of state otherwise; on stderr. */
export function openRemoteProgress(stream: NodeJS.WriteStream = process.stderr): {
  show(video: Video): void;
  end(): void;
} {
  const draw = stream.isTTY ? createLogUpdate(stream) : null;
  let said = '';
  return {
    show(video) {
      const text = textOf(video, stream.isTTY);
      if (draw) draw(`${video.title}\n${barOf(video.progress)}  ${text}`);
      else if (text !== said) stream.write(`${percentOf(video.progress)}  ${text}\n`);
      said = text;
    },
    end() {
      draw?.done();
    },
  };
}

function textOf(video: Video, isLive: boolean): string {
  const { status, stage, waiting_for, queue_position, eta_seconds } = video;
  if (status === 'queued') return `queued, number ${queue_position ?? 1}`;
  if (status === 'waiting') return `waiting for ${waiting_for ?? 'its turn'}`;
  if (status !== 'running') return status;
  const eta = eta_seconds !== null && isLive ? `, about ${eta_seconds} s left` : '';
  return `${stage ? STAGE_WORDS[stage] : 'starting'}${eta}`;
}
