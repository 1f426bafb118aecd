import { randomUUID } from 'node:crypto';
import createFetchClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';
import { listenFor, patientFetch } from './patience.ts';
import { ApiProblem, problemOf } from './problems.ts';
import { type Video, watchVideo } from './watch.ts';

export { ApiProblem } from './problems.ts';
export { hasEnded, type Video } from './watch.ts';

export type CreateVideo = components['schemas']['CreateVideo'];
export type PatchVideo = components['schemas']['PatchVideo'];

export type ClientOptions = {
  /** Of the installation, such as `https://clipt.example.org`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** After so long without a byte a stream counts as dead; a living one says something every 15 s. */
  readonly silenceMs?: number;
  /** Before what has failed is tried again for the first time; later pauses grow. */
  readonly firstPauseMs?: number;
};

const SILENCE_MS = 45_000;
const FIRST_PAUSE_MS = 500;

/**
 * The API as functions with its own types. Requests have a time limit; what fails for a moment is asked again a few times,
 * which is safe: every POST carries an `Idempotency-Key`. Refusals are thrown as `ApiProblem`.
 */
export function makeClient({
  baseUrl,
  apiKey,
  silenceMs = SILENCE_MS,
  firstPauseMs = FIRST_PAUSE_MS,
}: ClientOptions) {
  const authorization = `Bearer ${apiKey}`;
  const api = createFetchClient<paths>({
    baseUrl,
    fetch: (request) => patientFetch(request, firstPauseMs),
    // Redirects are for the caller: followed blindly, a POST would become a GET.
    redirect: 'manual',
  });
  api.use({
    onRequest({ request }) {
      request.headers.set('authorization', authorization);
      if (request.method === 'POST') request.headers.set('idempotency-key', randomUUID());
      return request;
    },
    onResponse({ response }) {
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      if (response.ok && response.body && !isJson) throw ApiProblem.unexpected(response);
    },
  });

  return {
    /** Every operation, by its path: `dataOf(await api.GET('/v1/videos/{id}', { params }))`. */
    api,

    async createVideo(body: CreateVideo, signal: AbortSignal): Promise<Video> {
      const made = dataOf(await api.POST('/v1/videos', { body, signal }));
      if ('id' in made) return made;
      throw new TypeError('A dry run makes no video.');
    },

    async getVideo(id: string, signal: AbortSignal, wait = 0): Promise<Video> {
      const params = { path: { id }, query: { wait } };
      return dataOf(await api.GET('/v1/videos/{id}', { params, signal }));
    },

    /** The video that the maker calls so, or null. */
    async findVideo(clientKey: string, signal: AbortSignal): Promise<Video | null> {
      const params = { query: { client_key: clientKey } };
      const { data } = dataOf(await api.GET('/v1/videos', { params, signal }));
      return data[0] ?? null;
    },

    async editVideo(id: string, body: PatchVideo, signal: AbortSignal): Promise<Video> {
      const params = { path: { id } };
      return dataOf(await api.PATCH('/v1/videos/{id}', { params, body, signal }));
    },

    async renderVideo(id: string, signal: AbortSignal): Promise<Video> {
      const params = { path: { id } };
      return dataOf(await api.POST('/v1/videos/{id}/render', { params, signal }));
    },

    async cancelVideo(id: string, signal: AbortSignal) {
      const params = { path: { id } };
      return dataOf(await api.POST('/v1/videos/{id}/cancel', { params, signal }));
    },

    async listFiles(id: string, signal: AbortSignal) {
      const params = { path: { id } };
      return dataOf(await api.GET('/v1/videos/{id}/files', { params, signal }));
    },

    /** The video each time it has changed, until it has ended; see `watch.ts` for what a lost connection means. */
    watchVideo(id: string, signal: AbortSignal): AsyncGenerator<Video> {
      const url = `${baseUrl}/v1/videos/${id}/events`;
      const headers = { authorization, accept: 'text/event-stream' };
      return watchVideo({
        open: (lastId, until) =>
          fetch(url, {
            headers: lastId === null ? headers : { ...headers, 'last-event-id': lastId },
            redirect: 'manual',
            signal: until,
          }),
        signal,
        silenceMs,
        firstPauseMs,
      });
    },

    /** What a link of the API leads to, piece by piece. The key goes to the installation alone. */
    async *readFile(link: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      using silence = listenFor(silenceMs, signal);
      try {
        const answer = await openFile(new URL(link, baseUrl), silence.signal);
        if (!answer.ok) throw problemOf(answer, await answer.json().catch(() => undefined));
        if (answer.body) yield* silence.hear(answer.body);
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof ApiProblem ? error : ApiProblem.unreachable(error);
      }
    },
  };

  /** The file itself, or what the address that its link redirects to answers. */
  async function openFile(address: URL, signal: AbortSignal): Promise<Response> {
    const isOurs = address.origin === new URL(baseUrl).origin;
    const headers = isOurs ? { authorization } : {};
    const asked = new Request(address, { headers, redirect: 'manual', signal });
    const answer = await patientFetch(asked, firstPauseMs);
    const location = answer.headers.get('location');
    return location ? await fetch(new URL(location, baseUrl), { signal }) : answer;
  }
}

export type Client = ReturnType<typeof makeClient>;

/** What an operation gave; its refusal is thrown. */
export function dataOf<Data>(answer: {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}): Data {
  if (answer.data !== undefined) return answer.data;
  throw problemOf(answer.response, answer.error);
}
