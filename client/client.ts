import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import createFetchClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';
import { ApiProblem, problemOf } from './problems.ts';

export { ApiProblem } from './problems.ts';

export type Video = components['schemas']['Video'];
export type CreateVideo = components['schemas']['CreateVideo'];
export type Files = components['schemas']['VideoFiles'];

export type ClientOptions = {
  /** Of the installation, such as `https://clipt.example.org`. */
  readonly baseUrl: string;
  readonly apiKey: string;
};

const REQUEST_MS = 60_000;
const TRIES = 5;
const LONGEST_PAUSE_MS = 30_000;
const RECONNECT_MS = 1_000;
const ENDED: readonly Video['status'][] = ['succeeded', 'failed', 'canceled'];

/**
 * The API as functions with its own types. Requests have a time limit; what is limited or unavailable for a moment is
 * asked again a few times, which is safe: every POST carries an `Idempotency-Key`. Refusals are thrown as `ApiProblem`.
 */
export function makeClient({ baseUrl, apiKey }: ClientOptions) {
  const api = createFetchClient<paths>({ baseUrl, fetch: (request) => patientFetch(request) });
  api.use({
    onRequest({ request }) {
      request.headers.set('authorization', `Bearer ${apiKey}`);
      if (request.method === 'POST') request.headers.set('idempotency-key', randomUUID());
      return request;
    },
  });

  return {
    /** Every operation, by its path: `api.GET('/v1/videos/{id}', { params })`. */
    api,

    /** The refusal of an operation that was called through `api`. */
    refused: problemOf,

    async createVideo(body: CreateVideo, signal?: AbortSignal): Promise<Video> {
      const { data, response, error } = await api.POST('/v1/videos', { body, ...given(signal) });
      if (data && 'id' in data) return data;
      throw problemOf(response, error);
    },

    async getVideo(id: string, signal?: AbortSignal, wait?: number): Promise<Video> {
      const params = { path: { id }, query: wait === undefined ? {} : { wait } };
      const answer = await api.GET('/v1/videos/{id}', { params, ...given(signal) });
      if (answer.data) return answer.data;
      throw problemOf(answer.response, answer.error);
    },

    async cancelVideo(id: string) {
      const { data, response, error } = await api.POST('/v1/videos/{id}/cancel', {
        params: { path: { id } },
      });
      if (data) return data;
      throw problemOf(response, error);
    },

    async listFiles(id: string): Promise<Files> {
      const { data, response, error } = await api.GET('/v1/videos/{id}/files', {
        params: { path: { id } },
      });
      if (data) return data;
      throw problemOf(response, error);
    },

    /** The video each time it has changed, until it has ended. A lost connection is made again. */
    async *watchVideo(id: string, signal: AbortSignal): AsyncGenerator<Video> {
      while (!signal.aborted) {
        for await (const video of follow(id, signal)) {
          yield video;
          if (ENDED.includes(video.status)) return;
        }
        await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
      }
    },

    /** Saves what a link of the API leads to: whole, or not at all. The key goes to the API alone. */
    async saveFile(path: string, file: string, signal: AbortSignal): Promise<void> {
      const address = new URL(path, baseUrl);
      const isOurs = address.origin === new URL(baseUrl).origin;
      const first = await fetch(address, {
        headers: isOurs ? { authorization: `Bearer ${apiKey}` } : {},
        redirect: 'manual',
        signal,
      });
      const location = first.headers.get('location');
      const answer = location ? await fetch(new URL(location, baseUrl), { signal }) : first;
      if (!answer.ok || !answer.body) throw problemOf(answer, undefined);
      const part = `${file}.${randomUUID().slice(0, 8)}.part`;
      try {
        await pipeline(Readable.from(answer.body), createWriteStream(part), { signal });
        await rename(part, file);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
  };

  /** Videos as the event stream tells them; ends when the stream does, for whatever reason. */
  async function* follow(id: string, signal: AbortSignal): AsyncGenerator<Video> {
    const headers = { authorization: `Bearer ${apiKey}`, accept: 'text/event-stream' };
    const answer = await fetch(`${baseUrl}/v1/videos/${id}/events`, { headers, signal }).catch(
      () => null,
    );
    if (answer === null) return;
    if (!answer.ok || !answer.body) {
      const problem = problemOf(answer, await answer.json().catch(() => undefined));
      if (problem.isPassing) return;
      throw problem;
    }
    const messages = answer.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    try {
      for await (const { event, data } of messages) {
        if (event === 'video') yield readVideo(data);
      }
    } catch (error) {
      // A stream that breaks is begun again by who watches; a message that cannot be read is not.
      if (error instanceof SyntaxError) throw error;
    }
  }
}

export type Client = ReturnType<typeof makeClient>;

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function readVideo(data: string): Video {
  const video: Video = JSON.parse(data);
  return video;
}

/** Asks again, a few times, what failed for a moment: the network, a limit, a restart. */
async function patientFetch(request: Request): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const limit = AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_MS)]);
    try {
      const answer = await fetch(request.clone(), { signal: limit });
      const isPassing = answer.status === 429 || answer.status === 503;
      if (!isPassing || tried === TRIES) return answer;
      await pause(tried, Number(answer.headers.get('retry-after') ?? 0), request.signal);
    } catch (error) {
      request.signal.throwIfAborted();
      if (tried === TRIES) throw ApiProblem.unreachable(error);
      await pause(tried, 0, request.signal);
    }
  }
}

async function pause(tried: number, askedSeconds: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LONGEST_PAUSE_MS, Math.max(askedSeconds * 1000, 250 * 2 ** tried));
  await delay(ms, undefined, { signal });
}
