import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startArk } from '../../stand-ins/ark.ts';
import { startElevenLabs } from '../../stand-ins/elevenlabs.ts';
import { startOpenAi } from '../../stand-ins/openai.ts';
import { startPostHog } from '../../stand-ins/posthog.ts';
import { startResend } from '../../stand-ins/resend.ts';
import { startSentry } from '../../stand-ins/sentry.ts';
import { coreOf } from '../harness/canary.ts';
import { hasRedisServer, startRedisServer } from '../harness/redis-server.ts';
import { startReceiver } from '../harness/webhook-receiver.ts';
import { openHosted } from '../sign-in/hosted.ts';
import { enter, everyRow, failEverywhere, useEverything } from './drive.ts';
import { BELONGS, CANARY, type Planted, type Sink } from './planted.ts';
import { holds, listenToLog, listenToRedis, postgresLog, requestsTo } from './sinks.ts';

/** The whole product is used with a canary in everything, and fails everywhere: each canary is where it belongs alone. */

const cleanUp = new AsyncDisposableStack();
afterAll(() => cleanUp.disposeAsync());

let sinks: Readonly<Record<Sink, string>>;
let planted: Readonly<Record<Planted, string>>;
let rows: string;

beforeAll(async () => {
  const ark = cleanUp.use(await startArk({ queueMs: 0, filmMs: 50 }));
  const elevenLabs = cleanUp.use(await startElevenLabs({ speech: 'tones' }));
  const openAi = cleanUp.use(await startOpenAi());
  const resend = cleanUp.use(await startResend());
  const sentry = cleanUp.use(await startSentry());
  const postHog = cleanUp.use(await startPostHog());
  const receiver = await startReceiver();
  cleanUp.defer(() => receiver.close());
  const redis = hasRedisServer ? await startRedisServer() : null;
  cleanUp.defer(async () => redis?.close());
  const toRedis = redis && (await listenToRedis(redis.url));
  cleanUp.defer(() => toRedis?.stop());
  const log = listenToLog();
  cleanUp.defer(() => log.stop());
  const plenty = '100000';
  const hosted = await openHosted({
    ...{ CLIPT_LOG: 'debug', CLIPT_SECRET: CANARY.ownSecret.padEnd(40, '-') },
    ...{ CLIPT_REQUESTS_PER_MINUTE: plenty, CLIPT_VIDEOS_PER_MINUTE: plenty },
    ...{ ARK_API_KEY: CANARY.arkKey, ARK_BASE_URL: ark.baseUrl, ARK_LOOKS_AFTER: '1,2' },
    ...{ ELEVENLABS_API_KEY: CANARY.elevenLabsKey, ELEVENLABS_BASE_URL: elevenLabs.baseUrl },
    ...{ OPENAI_API_KEY: CANARY.openAiKey, OPENAI_BASE_URL: openAi.baseUrl },
    ...{ RESEND_API_KEY: CANARY.resendKey, RESEND_BASE_URL: resend.baseUrl },
    ...{ MAIL_FROM: 'no-reply@example.org', AUTH_GOOGLE_SECRET: CANARY.googleSecret },
    ...{ SENTRY_DSN: sentry.dsn, POSTHOG_KEY: postHog.key, POSTHOG_HOST: postHog.host },
    ...(redis ? { REDIS_URL: redis.url } : {}),
  });
  cleanUp.defer(() => hosted.close());
  await hosted.clipt.startWorker();
  const message = CANARY.vendorWords;
  ark.faults.add({ route: 'chat', fault: { kind: 'refuse', status: 400, message } });
  // What is refused for its content is refused with the prompt repeated.
  ark.faults.add({
    ...{ route: 'create-task', including: coreOf(CANARY.refusedVisual) },
    fault: {
      ...{ kind: 'refuse', status: 400, code: 'InputTextSensitiveContentDetected' },
      message: `${message}: ${CANARY.refusedVisual}`,
    },
  });
  ark.faults.add({
    ...{ route: 'create-task', including: coreOf(CANARY.visual) },
    fault: { kind: 'refuse', status: 400, message },
  });
  openAi.faults.add({
    ...{ route: 'transcribe', after: 1 },
    fault: { kind: 'refuse', status: 400, message },
  });
  elevenLabs.faults.add({
    route: 'speak-timed',
    fault: { kind: 'refuse', status: 500, message },
    times: 1,
  });

  const person = await enter(hosted, receiver.url);
  await useEverything(hosted, person);
  const inTime = { timeout: 90_000, interval: 200 };
  await vi.waitFor(() => {
    const failed = receiver.received.filter(({ body }) => body.includes('video.failed'));
    expect(failed.length).toBeGreaterThanOrEqual(3);
    expect(resend.delivered.length).toBeGreaterThanOrEqual(1);
  }, inTime);
  await failEverywhere(hosted, person);
  rows = await everyRow(hosted);
  // What is still to be told of is told before it closes.
  await hosted.close();

  planted = { ...CANARY, ...person.secrets };
  sinks = {
    ...{ log: log.text(), postgres: await postgresLog(), redis: toRedis?.text() ?? '' },
    ...{
      sentry: requestsTo(sentry) + JSON.stringify(sentry.received),
      posthog: requestsTo(postHog),
    },
    ...{ ark: requestsTo(ark), elevenlabs: requestsTo(elevenLabs), openai: requestsTo(openAi) },
    google: JSON.stringify(hosted.google.requests),
    ...{ resend: requestsTo(resend), receiver: JSON.stringify(receiver.received) + receiver.url },
  };
  log.stop();
}, 240_000);

test('every place was written to, so that what is not found there could have been', () => {
  expect(sinks.log).toContain('request.failed');
  expect(sinks.postgres).toContain('terminating connection');
  if (hasRedisServer) expect(sinks.redis).toContain('clipt:limit');
  expect(sinks.sentry).toContain('request.failed');
  expect(sinks.posthog).toContain('key_created');
  expect(sinks.receiver).toContain('provider_refused_content');
  expect(sinks.openai).toContain('/audio/transcriptions');
  expect(sinks.google).toContain('code_verifier');
});

test.each(Object.entries(BELONGS))(
  '%s is where it belongs, in some form, and nowhere else in any',
  (name, places) => {
    const canary = new Map(Object.entries(planted)).get(name) ?? '';
    expect(canary.length).toBeGreaterThan(16);
    const found = Object.entries(sinks).filter(([, text]) => holds(text, canary));
    expect(found.map(([sink]) => sink).toSorted()).toEqual(places.toSorted());
  },
);

test('the database knows no credential in a form that opens anything', () => {
  const credentials = [
    ...(['sessionToken', 'apiKey', 'hookSecret', 'wrongKey', 'ownSecret'] as const),
    ...(['formerSessionToken', 'totpSeed', 'totpSeedBytes', 'recoveryCode'] as const),
    ...(['recoveryCodeBare', 'usedRecoveryCode', 'usedRecoveryCodeBare'] as const),
    ...(['arkKey', 'elevenLabsKey', 'openAiKey', 'resendKey', 'googleSecret'] as const),
  ];
  expect(rows).toContain('account_id');
  expect(credentials.filter((name) => holds(rows, planted[name]))).toEqual([]);
});
