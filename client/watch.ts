import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { components } from './api.d.ts';
import { isAskedTooLong, listenFor, pauseMs, type Silence } from './patience.ts';
import { ApiProblem, problemOf } from './problems.ts';

export type Video = components['schemas']['Video'];

/** Connections in a row that bring no message before the installation counts as gone: up to a minute where it refuses at once. */
const TRIES = 8;

export type Watch = {
  /** Opens the event stream, from after the event with this id on. */
  readonly open: (lastId: string | null, signal: AbortSignal) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Without a word for this long, not even a heartbeat, a connection counts as dead. */
  readonly silenceMs: number;
  /** Before the second try; it grows from there. */
  readonly firstPauseMs: number;
};

/**
 * The video each time it has changed, until it has ended or `signal` aborts. A connection that is lost or falls silent is
 * made anew where it left off, after growing pauses. Throws the refusal, or `unreachable` once several in a row brought nothing.
 */
export async function* watchVideo({
  open,
  signal,
  silenceMs,
  firstPauseMs,
}: Watch): AsyncGenerator<Video> {
  let lastId: string | null = null;
  let failed = 0;
  while (!signal.aborted) {
    using silence = listenFor(silenceMs, signal);
    let lost: ApiProblem;
    try {
      const answer = await open(lastId, silence.signal);
      for await (const { id, event, data } of await messagesOf(answer, silence)) {
        failed = 0;
        lastId = id ?? lastId;
        if (event !== 'video') continue;
        const video = readVideo(answer, data);
        yield video;
        if (hasEnded(video)) return;
      }
      lost = ApiProblem.unreachable();
    } catch (error) {
      if (signal.aborted) return;
      lost = error instanceof ApiProblem ? error : ApiProblem.unreachable(error);
    }
    failed += 1;
    const askedMs = lost.retryAfterMs ?? 0;
    if (!lost.isPassing || isAskedTooLong(askedMs) || failed === TRIES) throw lost;
    const pause = pauseMs({ tried: failed, askedMs, firstMs: firstPauseMs });
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

export function hasEnded({ status }: Video): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

async function messagesOf(answer: Response, silence: Silence) {
  if (!answer.ok) throw problemOf(answer, await answer.json().catch(() => undefined));
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  if (!isStream || !answer.body) throw ApiProblem.unexpected(answer);
  return silence
    .hear(answer.body)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
}

function readVideo(answer: Response, data: string): Video {
  try {
    const video: Video = JSON.parse(data);
    return video;
  } catch (error) {
    throw ApiProblem.unexpected(answer, error);
  }
}
