import { connect } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { keyOf, makeTestApp, serveTestApp, tryEndpoint } from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import type { Listening } from './listen.ts';
import { type EventStream, eventStream, type StreamMessage } from './sse.ts';

const never = new AbortController().signal;
const caller = keyOf(newId('acc'), 'videos:read');

async function* messages(...list: StreamMessage[]) {
  yield* list;
}

/** A source that can be fed from outside and tells when it was let go. */
function makeTap() {
  const waiting: ((result: IteratorResult<StreamMessage>) => void)[] = [];
  const tap = {
    asked: 0,
    isReturned: false,
    give(message: StreamMessage) {
      waiting.shift()?.({ done: false, value: message });
    },
    fail: undefined as ((error: Error) => void) | undefined,
    source: {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          tap.asked += 1;
          return new Promise<IteratorResult<StreamMessage>>((resolve, reject) => {
            waiting.push(resolve);
            tap.fail = reject;
          });
        },
        return: async () => {
          tap.isReturned = true;
          return { done: true as const, value: undefined };
        },
      }),
    },
  };
  return tap;
}

function reader(response: Response) {
  const body = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return {
    next: async () => (await body?.read())?.value,
    cancel: async () => body?.cancel(),
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a stream', () => {
  test('sends each message as one frame, and ends with its source', async () => {
    const source = messages(
      { id: '7', event: 'video.running', data: { text: 'two\nlines', id: 1 } },
      { event: 'video', data: null },
    );
    const response = eventStream({ signal: never, source });
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(await response.text()).toBe(
      'retry: 2000\n\nid: 7\nevent: video.running\ndata: {"text":"two\\nlines","id":1}\n\nevent: video\ndata: null\n\n',
    );
  });

  test('says in silence that it lives, and loses nothing that comes later', async () => {
    vi.useFakeTimers();
    const tap = makeTap();
    const client = reader(eventStream({ signal: never, source: tap.source, keepAliveMs: 1000 }));
    expect(await client.next()).toBe('retry: 2000\n\n');
    for (let i = 0; i < 3; i += 1) {
      const next = client.next();
      await vi.advanceTimersByTimeAsync(1000);
      expect(await next).toBe(': \n\n');
    }
    expect(tap.asked).toBe(1);
    const next = client.next();
    tap.give({ event: 'ping', data: 1 });
    expect(await next).toBe('event: ping\ndata: 1\n\n');
    await client.cancel();
    expect(tap.isReturned).toBe(true);
  });

  test('asks its source only for what the client has room for', async () => {
    const tap = makeTap();
    const client = reader(eventStream({ signal: never, source: tap.source }));
    await client.next();
    expect(tap.asked).toBeLessThanOrEqual(1);
    const next = client.next();
    await expect.poll(() => tap.asked).toBe(1);
    tap.give({ event: 'a', data: 1 });
    await next;
    expect(tap.asked).toBeLessThanOrEqual(2);
    await client.cancel();
  });

  test('lets a client go that takes nothing', async () => {
    vi.useFakeTimers();
    const tap = makeTap();
    const stream = { signal: never, source: messages({ event: 'a', data: 1 }), stalledMs: 5000 };
    const response = eventStream({
      ...stream,
      source: { [Symbol.asyncIterator]: tap.source[Symbol.asyncIterator] },
    });
    const body = response.body?.getReader();
    await body?.read();
    const taken = body?.read();
    await vi.advanceTimersByTimeAsync(0);
    tap.give({ event: 'a', data: 1 });
    await taken;
    await vi.advanceTimersByTimeAsync(4999);
    expect(tap.isReturned).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(tap.isReturned).toBe(true);
    expect(await body?.read()).toEqual({ done: true, value: undefined });
  });

  test('ends at once with its signal, though its source is in the middle of something', async () => {
    const stop = new AbortController();
    const tap = makeTap();
    const client = reader(eventStream({ signal: stop.signal, source: tap.source }));
    await client.next();
    const next = client.next();
    stop.abort();
    expect(await next).toBeUndefined();
    expect(tap.isReturned).toBe(true);
    const late = eventStream({ signal: stop.signal, source: makeTap().source });
    expect(await late.text()).toBe('retry: 2000\n\n');
  });

  test('ends without a word when its source fails', async () => {
    const tap = makeTap();
    const client = reader(eventStream({ signal: never, source: tap.source }));
    await client.next();
    const next = client.next();
    await expect.poll(() => tap.asked).toBe(1);
    tap.fail?.(new Error('canary'));
    expect(await next).toBeUndefined();
  });
});

describe('over the socket', () => {
  let listening: Listening;
  afterEach(() => listening.drain(0));

  async function serve(makeStream: () => Omit<EventStream, 'signal'>, options = {}) {
    const stopping = new AbortController();
    const signals: AbortSignal[] = [];
    const endpoint = tryEndpoint({
      handle: async ({ signal }) => {
        signals.push(signal);
        return eventStream({ signal, ...makeStream() });
      },
    });
    const app = makeTestApp({ endpoints: [endpoint], caller, stopping: stopping.signal });
    listening = await serveTestApp(app, options);
    return { stopping, signals };
  }

  test('a client that goes away lets the source go', async () => {
    const tap = makeTap();
    await serve(() => tap);
    const leave = new AbortController();
    const answer = await fetch(`${listening.url}/v1/things`, { signal: leave.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    leave.abort();
    await expect.poll(() => tap.isReturned).toBe(true);
  });

  test('HEAD of a stream lets the source go as well', async () => {
    const tap = makeTap();
    await serve(() => tap);
    const answer = await fetch(`${listening.url}/v1/things`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(tap.isReturned).toBe(true);
  });

  test('a client that reads nothing holds back its source, and is cut off', async () => {
    let produced = 0;
    let isReturned = false;
    const large = 'x'.repeat(64 * 1024);
    async function* endless() {
      try {
        for (;;) {
          produced += 1;
          yield { event: 'a', data: large };
        }
      } finally {
        isReturned = true;
      }
    }
    const stream = { source: endless(), stalledMs: 100 };
    const { signals } = await serve(() => stream, { idleMs: 300 });
    const client = connect(listening.port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => undefined);
    client.pause();
    client.write('GET /v1/things HTTP/1.1\r\nHost: clipt.test\r\n\r\n');
    await expect.poll(() => isReturned, { timeout: 5_000 }).toBe(true);
    // What the kernel buffers on loopback, and not a growing heap.
    expect(produced * large.length).toBeLessThan(32 * 1024 * 1024);
    const before = produced;
    // The request's own signal tells that its connection is gone.
    await expect.poll(() => signals[0]?.aborted, { timeout: 5_000 }).toBe(true);
    client.resume();
    await closed;
    expect(produced).toBe(before);
  });

  test('streams end as the server stops, and it drains at once', async () => {
    const tap = makeTap();
    const { stopping } = await serve(() => tap);
    const answer = await fetch(`${listening.url}/v1/things`);
    const text = answer.text();
    stopping.abort();
    await listening.drain(10_000);
    expect(await text).toBe('retry: 2000\n\n');
    listening = { ...listening, drain: async () => undefined };
  });
});
