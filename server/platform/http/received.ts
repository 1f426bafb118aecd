import type { Context } from 'hono';
import type { Caller, EndpointRequest } from './endpoint.ts';
import type { RequestSignal } from './request-signal.ts';

export type SaveAnswer = EndpointRequest<unknown, unknown, unknown, null>['saveAnswer'];

export type ReceivedParts = {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | null;
  readonly ip: string;
  readonly requestId: string;
};

/** The request as its handler sees it. A class for its getters' sake, see `RequestSignal`. */
export class Received implements EndpointRequest<unknown, unknown, unknown, Caller | null> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | null;
  readonly ip: string;
  readonly requestId: string;
  readonly saveAnswer: SaveAnswer;
  readonly #context: Context;
  readonly #life: RequestSignal;

  constructor(c: Context, parts: ReceivedParts, life: RequestSignal, saveAnswer: SaveAnswer) {
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.caller = parts.caller;
    this.ip = parts.ip;
    this.requestId = parts.requestId;
    this.saveAnswer = saveAnswer;
    this.#context = c;
    this.#life = life;
  }

  get header(): (name: string) => string | undefined {
    return (name) => this.#context.req.header(name);
  }

  get stream(): ReadableStream<Uint8Array> | null {
    return this.#context.req.raw.body;
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }
}
