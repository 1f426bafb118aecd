/** One message of an event stream; `data` is sent as one line of JSON. */
export type StreamMessage = {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
};

export type EventStream = {
  /** Ends the stream: the request's own signal. */
  readonly signal: AbortSignal;
  readonly source: AsyncIterable<StreamMessage>;
  /** Silence after which a comment is sent, so that proxies keep the connection; default 15 s. */
  readonly keepAliveMs?: number;
  /** A client that takes nothing for this long is let go; it may come back with its last id. Default 60 s. */
  readonly stalledMs?: number;
};

const KEEP_ALIVE_MS = 15_000;
const STALLED_MS = 60_000;
/** What a browser waits before it comes back. */
const RETRY_MS = 2_000;

/**
 * Server-Sent Events (HTML §9.2) of a source. The source is asked for a message once the client has taken the last
 * one, so a slow client costs one message of memory and a client that has stopped is let go. Ends with the source, the
 * client, or `signal`; a source that fails ends the stream, and the client comes back by itself.
 */
export function eventStream(stream: EventStream): Response {
  return new Response(streamOf(stream), {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that gather answers would hold the stream back.
      'X-Accel-Buffering': 'no',
    },
  });
}

function streamOf({
  signal,
  source,
  keepAliveMs = KEEP_ALIVE_MS,
  stalledMs = STALLED_MS,
}: EventStream): ReadableStream<Uint8Array> {
  const messages = makePatientReader(source);
  const encoder = new TextEncoder();
  let hasEnded = false;
  let stalled: NodeJS.Timeout | undefined;
  let close = () => {};
  const end = () => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(stalled);
    signal.removeEventListener('abort', end);
    messages.stop();
    close();
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        close = () => controller.close();
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
        signal.addEventListener('abort', end, { once: true });
        if (signal.aborted) end();
      },
      // Only called once the client has taken what was given before.
      async pull(controller) {
        clearTimeout(stalled);
        const message = await messages.next(keepAliveMs);
        if (hasEnded) return;
        if (message === 'ended') return end();
        const text = message === 'quiet' ? ': \n\n' : frame(message);
        controller.enqueue(encoder.encode(text));
        stalled = setTimeout(end, stalledMs);
      },
      cancel() {
        close = () => {};
        end();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads a source one item at a time, waiting no longer than it is told to: what comes later is given next time. */
function makePatientReader<Item>(source: AsyncIterable<Item>) {
  const iterator = source[Symbol.asyncIterator]();
  let state: 'idle' | 'asked' | 'ended' = 'idle';
  let given: { readonly item: Item } | null = null;
  let wake = () => {};

  function ask(): void {
    state = 'asked';
    iterator.next().then(
      ({ done, value }) => {
        if (done) state = 'ended';
        else if (state === 'asked') {
          state = 'idle';
          given = { item: value };
        }
        wake();
      },
      () => {
        state = 'ended';
        wake();
      },
    );
  }

  return {
    /** The next item, `quiet` when there was none for so long, `ended` after the last or a failure. */
    async next(quietMs: number): Promise<Item | 'quiet' | 'ended'> {
      if (state === 'idle' && given === null) ask();
      if (state === 'asked') {
        const woken = Promise.withResolvers<void>();
        const timer = setTimeout(woken.resolve, quietMs);
        wake = woken.resolve;
        await woken.promise;
        clearTimeout(timer);
      }
      if (state === 'ended') return 'ended';
      if (given === null) return 'quiet';
      const { item } = given;
      given = null;
      return item;
    },

    /** Lets the source go. One that is in the middle of its work ends by a signal of its own. */
    stop(): void {
      state = 'ended';
      wake();
      iterator.return?.().catch(() => undefined);
    },
  };
}

function frame({ id, event, data }: StreamMessage): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
