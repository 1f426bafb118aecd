/**
 * Runs a stand-in of every vendor until it is told to end, and prints one JSON object: the address of each, and
 * `env`, the settings that make clipt use them.
 *
 *     node stand-ins/main.ts [--ports 4101,4102,4103,4104,4105,4106,4107] [--footage cheap|drawn] [--speech tones|spoken]
 *                            [--film-ms 3000] [--codec h264|hevc] [--cache FOLDER]
 *
 * Ports are those of Ark, ElevenLabs, OpenAI, whisper.cpp, Resend, Sentry and PostHog, in this order; without them any free ones.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startArk } from './ark.ts';
import { DEFAULT_CACHE_DIR } from './cache.ts';
import { startElevenLabs } from './elevenlabs.ts';
import { startOpenAi } from './openai.ts';
import { startPostHog } from './posthog.ts';
import { startResend } from './resend.ts';
import { startSentry } from './sentry.ts';
import { startWhisperCpp } from './whisper-cpp.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const settings = z.object({
  ports: z
    .string()
    .transform((list): unknown => list.split(','))
    .pipe(z.tuple([port, port, port, port, port, port, port]))
    .default([0, 0, 0, 0, 0, 0, 0]),
  footage: z.enum(['cheap', 'drawn']).default('cheap'),
  codec: z.enum(['h264', 'hevc']).default('h264'),
  speech: z.enum(['tones', 'spoken']).default('tones'),
  'film-ms': z.coerce.number().int().min(0).default(3_000),
  cache: z.string().default(DEFAULT_CACHE_DIR),
});

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    ...{ ports: text, footage: text, codec: text, speech: text },
    ...{ 'film-ms': text, cache: text },
  },
});
const {
  ports,
  footage,
  codec,
  speech,
  'film-ms': filmMs,
  cache: cacheDir,
} = settings.parse(values);
const [arkPort, elevenLabsPort, openAiPort, whisperPort, resendPort, sentryPort, postHogPort] =
  ports;

const ark = await startArk({ port: arkPort, footage, codec, filmMs, cacheDir });
const elevenLabs = await startElevenLabs({ port: elevenLabsPort, speech, cacheDir });
const openAi = await startOpenAi({ port: openAiPort });
const whisperCpp = await startWhisperCpp({ port: whisperPort });
const resend = await startResend({ port: resendPort });
const sentry = await startSentry({ port: sentryPort });
const postHog = await startPostHog({ port: postHogPort });
const all = [ark, elevenLabs, openAi, whisperCpp, resend, sentry, postHog];

const env = {
  ...{ ARK_API_KEY: 'stand-in', ARK_BASE_URL: ark.baseUrl },
  ...{ ELEVENLABS_API_KEY: 'stand-in', ELEVENLABS_BASE_URL: elevenLabs.baseUrl },
  ...{ OPENAI_API_KEY: 'stand-in', OPENAI_BASE_URL: openAi.baseUrl },
  ...{ RESEND_API_KEY: 'stand-in', RESEND_BASE_URL: resend.baseUrl },
  MAIL_FROM: 'clipt <no-reply@example.org>',
  ...{ SENTRY_DSN: sentry.dsn, POSTHOG_KEY: postHog.key, POSTHOG_HOST: postHog.host },
};
const addresses = {
  ...{ ark: ark.url, elevenlabs: elevenLabs.url, openai: openAi.url },
  ...{ whisper_cpp: whisperCpp.url, resend: resend.url },
  ...{ sentry: sentry.url, posthog: postHog.url },
};
process.stdout.write(`${JSON.stringify({ ...addresses, env })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void Promise.all(all.map((one) => one.close()));
  });
}
