import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { type PostHogStandIn, startPostHog } from '../../stand-ins/posthog.ts';
import { type SentryStandIn, startSentry } from '../../stand-ins/sentry.ts';
import { keyOf, sessionOf } from '../../tests/harness/http-app.ts';
import type { Answered } from '../platform/http/observe.ts';
import { makeLog, silentLog } from '../platform/log.ts';
import { makePseudonyms } from './pseudonym.ts';
import { openTelemetry } from './telemetry.ts';

const ACCOUNT = 'acc_0193';
const SECRETS = ['first secret of the installation', 'second secret'];
let sentry: SentryStandIn;
let postHog: PostHogStandIn;
beforeEach(async () => {
  sentry = await startSentry();
  postHog = await startPostHog();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([sentry.close(), postHog.close()]);
});

const open = (log = silentLog) =>
  openTelemetry({ sentryDsn: sentry.dsn, postHog: { key: postHog.key, host: postHog.host } }, log);

const answered = (over: Partial<Answered> = {}): Answered => ({
  ...{ operation: 'createVideo', caller: keyOf(ACCOUNT, 'videos:write'), status: 202 },
  ...{ durationMs: 1_500, asksNotToBeTracked: false, ...over },
});

/** What arrives of these operations, none of them timed unless told otherwise. */
async function observed(
  operations: readonly Answered[],
  { isOptedOut = false, chance = 1, secrets = SECRETS } = {},
) {
  const telemetry = open();
  const observe = telemetry.observer({
    ...{ secrets, isOptedOut: async () => isOptedOut, chance: () => chance },
  });
  for (const operation of operations) observe?.(operation);
  await telemetry.close();
  return { events: postHog.received, timings: sentry.received };
}

describe('an error line', () => {
  test('is reported by its code, stage, operation and request, and by nothing else', async () => {
    const lines: string[] = [];
    const telemetry = open(makeLog('silent', { write: (line) => void lines.push(line) }));
    telemetry.log.error('request.failed', {
      ...{ code: 'internal', status: 500, request_id: 'req_1', operation: 'createVideo' },
      ...{ account_id: ACCOUNT, video_id: 'vid_1', job_id: 'job_1', error_name: 'TypeError' },
    });
    telemetry.log.warn('step.failed', { code: 'internal' });
    await telemetry.close();
    const [envelope, ...others] = sentry.received;
    expect(others).toEqual([]);
    expect(envelope?.header).toEqual({
      ...{ event_id: expect.stringMatching(/^[0-9a-f]{32}$/), sent_at: expect.any(String) },
      trace: {
        ...{ environment: 'production', public_key: expect.any(String) },
        trace_id: expect.any(String),
      },
    });
    expect(envelope?.payload).toEqual({
      ...{ event_id: envelope?.header['event_id'], timestamp: expect.any(Number) },
      ...{ level: 'error', message: 'internal', environment: 'production' },
      fingerprint: ['internal', 'request.failed', 'createVideo'],
      tags: {
        ...{ code: 'internal', stage: 'request.failed', operation: 'createVideo' },
        request_id: 'req_1',
      },
      contexts: { trace: { trace_id: expect.any(String), span_id: expect.any(String) } },
    });
    expect(lines).toEqual([]);
  });

  test.each([
    [
      { code: 'internal', step_kind: 'voice' },
      { code: 'internal', stage: 'voice' },
    ],
    [
      { code: 'internal', queue: 'webhooks' },
      { code: 'internal', stage: 'webhooks' },
    ],
    [{}, { code: 'job_failed', stage: 'job_failed' }],
    [{ code: 'mail me at a@b.c' }, { code: 'job_failed', stage: 'job_failed' }],
    [{ code: 'x'.repeat(81) }, { code: 'job_failed', stage: 'job_failed' }],
  ])('with %o says %o', async (fields, tags) => {
    const telemetry = open();
    telemetry.log.error('job failed', fields);
    await telemetry.close();
    expect(sentry.received).toMatchObject([{ type: 'event', payload: { tags } }]);
  });

  test('is linked to no other', async () => {
    const telemetry = open();
    for (let line = 0; line < 3; line += 1) telemetry.log.error('again', { code: 'internal' });
    await telemetry.close();
    const traces = sentry.received.map(({ payload }) => JSON.stringify(payload['contexts']));
    expect(new Set(traces).size).toBe(3);
  });

  test('leaves without a header of ours', async () => {
    const telemetry = open();
    telemetry.log.error('again', { code: 'internal' });
    await telemetry.close();
    expect(Object.keys(sentry.journal.of('envelope')[0]?.headers ?? {}).toSorted()).toEqual([
      ...['accept', 'connection', 'content-length', 'content-type', 'host', 'user-agent'],
    ]);
  });
});

describe('an operation', () => {
  test('is counted by its name and how it was asked for, under a name that tells nobody who', async () => {
    const { events } = await observed([answered(), answered({ caller: sessionOf(ACCOUNT) })]);
    const pseudonym = makePseudonyms(SECRETS[0] ?? '')(ACCOUNT);
    const event = (via: string) => ({
      ...{ event: 'video_requested', distinct_id: pseudonym, uuid: expect.any(String) },
      timestamp: expect.any(String),
      properties: {
        ...{ via, $process_person_profile: false, $ip: null, $geoip_disable: true },
        ...{ $lib: 'posthog-node', $lib_version: expect.any(String), $is_server: true },
      },
    });
    expect(events).toEqual([event('key'), event('session')]);
    expect(JSON.stringify(postHog.journal.entries)).not.toContain(ACCOUNT);
  });

  test.each<[string, Partial<Answered>]>([
    ['asked for by somebody who asks not to be tracked', { asksNotToBeTracked: true }],
    ['that was refused', { status: 422 }],
    ['of nobody', { caller: null }],
    ['that is not listed', { operation: 'getVideo' }],
    ['with the name of a member of every object', { operation: 'constructor' }],
    [
      'of staff in the place of somebody',
      {
        caller: sessionOf(ACCOUNT, {
          impersonation: { id: 'imp_1', adminId: 'acc_2', until: new Date() },
        }),
      },
    ],
  ])('%s is not counted', async (_what, over) => {
    expect((await observed([answered(over)])).events).toEqual([]);
    expect(postHog.journal.entries).toEqual([]);
  });

  test('of an account that opted out is not counted', async () => {
    expect((await observed([answered()], { isOptedOut: true })).events).toEqual([]);
    expect(postHog.journal.entries).toEqual([]);
  });

  test('is timed by its name and status, one in twenty', async () => {
    const nobody = answered({ caller: null, status: 500, operation: 'beginSession' });
    expect((await observed([nobody], { chance: 0.05 })).timings).toEqual([]);
    const { timings } = await observed([nobody], { chance: 0.049 });
    expect(timings).toMatchObject([
      {
        type: 'transaction',
        payload: {
          ...{ transaction: 'beginSession', tags: { status: '500' } },
          contexts: { trace: { op: 'http.server', status: 'internal_error' } },
        },
      },
    ]);
    const { start_timestamp: start, timestamp: end } = timings[0]?.payload ?? {};
    expect(Number(end) - Number(start)).toBeCloseTo(1.5, 3);
  });
});

describe('telemetry', () => {
  test('that is off has the log as it is, observes nothing, and closes', async () => {
    const telemetry = openTelemetry({ sentryDsn: null, postHog: null }, silentLog);
    expect(telemetry.log).toBe(silentLog);
    expect(telemetry.observer({ secrets: SECRETS, isOptedOut: async () => false })).toBeNull();
    await telemetry.close();
  });

  test('of one kind says nothing to the other', async () => {
    const counts = openTelemetry(
      { sentryDsn: null, postHog: { key: postHog.key, host: postHog.host } },
      silentLog,
    );
    expect(counts.log).toBe(silentLog);
    const isOptedOut = async () => false;
    counts.observer({ secrets: SECRETS, isOptedOut, chance: () => 0 })?.(answered());
    await counts.close();
    const reports = openTelemetry({ sentryDsn: sentry.dsn, postHog: null }, silentLog);
    reports.observer({ secrets: SECRETS, isOptedOut, chance: () => 0 })?.(answered());
    await reports.close();
    expect(sentry.received.map(({ type }) => type)).toEqual(['transaction']);
    expect(postHog.received).toHaveLength(1);
  });

  test.each<FaultRule['fault']>([
    { kind: 'refuse', status: 403 },
    { kind: 'refuse', status: 429, retryAfterSeconds: 60 },
    { kind: 'html', status: 502 },
    { kind: 'malformed' },
    { kind: 'reset' },
    { kind: 'silence' },
  ])(
    'whose receivers fail by %o fails nobody, writes nothing but our log, and closes in time',
    async (fault) => {
      const written = (['error', 'warn', 'log'] as const).map((name) => vi.spyOn(console, name));
      const lines: string[] = [];
      sentry.faults.add({ route: '*', fault });
      postHog.faults.add({ route: '*', fault });
      const telemetry = open(makeLog('warn', { write: (line) => void lines.push(line) }));
      telemetry.log.error('request.failed', { code: 'internal' });
      const isOptedOut = async () => false;
      telemetry.observer({ secrets: SECRETS, isOptedOut, chance: () => 0 })?.(answered());
      await expect
        .poll(() => sentry.journal.entries.length, { timeout: 20_000 })
        .toBeGreaterThan(0);
      const from = performance.now();
      await telemetry.close();
      expect(performance.now() - from).toBeLessThan(10_000);
      for (const spy of written) expect(spy).not.toHaveBeenCalled();
      const isLost = fault.kind !== 'malformed';
      expect(lines.join('').includes('product_events_lost')).toBe(isLost);
    },
  );

  test('that cannot ask whether somebody opted out counts nothing', async () => {
    const telemetry = open();
    const observe = telemetry.observer({
      ...{ secrets: SECRETS, chance: () => 1 },
      isOptedOut: async () => {
        throw new Error('no database');
      },
    });
    observe?.(answered());
    await telemetry.close();
    expect(postHog.journal.entries).toEqual([]);
  });
});

test('a pseudonym is the same for an account, and another for each account and each secret', () => {
  const [first = '', second = ''] = SECRETS;
  const pseudonymOf = makePseudonyms(first);
  expect(pseudonymOf(ACCOUNT)).toBe(makePseudonyms(first)(ACCOUNT));
  expect(pseudonymOf(ACCOUNT)).toMatch(/^[0-9a-f]{32}$/);
  const all = [pseudonymOf(ACCOUNT), pseudonymOf('acc_2'), makePseudonyms(second)(ACCOUNT)];
  expect(new Set(all).size).toBe(3);
});
