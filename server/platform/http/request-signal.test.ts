import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { makeCredentialWatch } from './credential-watch.ts';
import { makeRequestSignals } from './request-signal.ts';

/** Signals of requests as the server makes them, and the signal of one client that may go away. */
function open() {
  const stopping = new AbortController();
  const client = new AbortController();
  const watch = makeCredentialWatch({ stillGood: async (all) => new Set(all), log: silentLog });
  const openSignal = makeRequestSignals(stopping.signal, watch);
  const life = openSignal({ signal: client.signal }, { caller: null, goesOn: true });
  return { stopping, client, life };
}

test('a request ends with its client, with the server and with its time', () => {
  for (const end of ['client', 'stopping', 'time'] as const) {
    const { life, ...controllers } = open();
    const { signal } = life;
    expect(signal.aborted).toBe(false);
    if (end === 'time') life.stop();
    else controllers[end].abort();
    expect(signal.aborted).toBe(true);
  }
});

test('a request whose client went away before it was asked for its signal is over', () => {
  const { client, life } = open();
  client.abort();
  expect(life.signal.aborted).toBe(true);
});

test('a request that was answered leaves nothing behind in the signals that outlive it', () => {
  const { stopping, client, life } = open();
  const before = getEventListeners(stopping.signal, 'abort').length;
  expect(life.signal.aborted).toBe(false);
  expect(getEventListeners(client.signal, 'abort')).toHaveLength(1);
  life.done();
  expect(getEventListeners(client.signal, 'abort')).toEqual([]);
  expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(before);
});
