/** One message of an event stream; `data` is sent as one line of JSON. */
export type StreamMessage = {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
};

const KEEP_ALIVE_MS = 15_000;
/** What a browser waits before it comes back. */
const RETRY_MS = 2_000;
/** A client that takes nothing for this long is let go; it may come back with its last id. */
const STALLED_MS = 60_000;

/**
 * Server-Sent Events (HTML §9.2) of a source, one message at a time: the source is only asked for the next once the
 * client has taken the last, so a slow client costs no memory. Ends with the source, the client, or `signal`.
 */
export function eventStream({
  signal,
  source,
  keepAliveMs = KEEP_ALIVE_MS,
}: {
  readonly signal: AbortSignal;
  readonly source: AsyncGenerator<StreamMessage>;
  readonly keepAliveMs?: number;
}): Response {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const write = (text: string) => takenInTime(writer.write(encoder.encode(text)));
  const pump = async () => {
    const keepAlive = setInterval(() => {
      // A client that has not taken what came before need not be told that we live.
      if ((writer.desiredSize ?? 0) > 0) writer.write(encoder.encode(': \n\n')).catch(ignore);
    }, keepAliveMs);
    const stop = () => void source.return(undefined);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await write(`retry: ${RETRY_MS}\n\n`);
      for await (const message of source) await write(frame(message));
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(ignore);
    } finally {
      clearInterval(keepAlive);
      signal.removeEventListener('abort', stop);
      await source.return(undefined).catch(ignore);
    }
  };
  writer.closed.catch(() => source.return(undefined).catch(ignore));
  void pump();
  return new Response(readable, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that gather answers would hold the stream back.
      'X-Accel-Buffering': 'no',
    },
  });
}

function frame({ id, event, data }: StreamMessage): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function takenInTime(write: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('The client takes nothing.')), STALLED_MS);
  try {
    await Promise.race([write, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
