import { createLogUpdate } from 'log-update';
import type { Video } from '../../../client/client.ts';

const BAR_CELLS = 28;

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
      const text = textOf(video);
      if (draw) draw(`${video.title}\n${barOf(video.progress)}  ${text}`);
      else if (text !== said) stream.write(`${percentOf(video.progress)}  ${text}\n`);
      said = text;
    },
    end() {
      draw?.done();
    },
  };
}

function textOf({ status, stage, waiting_for, queue_position, eta_seconds }: Video): string {
  if (status === 'queued') return `queued, number ${queue_position ?? 1}`;
  if (status === 'waiting') return `waiting for ${waiting_for ?? 'its turn'}`;
  if (status !== 'running') return status;
  const eta = eta_seconds !== null && process.stderr.isTTY ? `, about ${eta_seconds} s left` : '';
  return `${stage ? STAGE_WORDS[stage] : 'starting'}${eta}`;
}

function barOf(progress: number): string {
  const full = Math.round(progress * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${percentOf(progress)}`;
}

function percentOf(progress: number): string {
  return `${String(Math.floor(progress * 100)).padStart(3)} %`;
}
