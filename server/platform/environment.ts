import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { contactUri } from './contact.ts';
import { Problem } from './problem.ts';
import {
  commaList,
  dsn,
  httpUrl,
  listOf,
  optionalText,
  origin,
  postgresUrl,
  redisUrl,
  sender,
  vendorKeys,
  wholeNumber,
  yesOrNo,
} from './setting-forms.ts';
import { PLAINTEXT_SERVICES, type PlaintextService, plaintextEndpoints } from './transport.ts';

const S3_NAMES = [
  'S3_ENDPOINT',
  'S3_REGION',
  'S3_BUCKET',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
] as const;

/** Every environment variable that clipt reads. Documented for operators in docs/operations.md. */
const environment = z
  .object({
    /** Folder for the embedded database, objects and work files. Default: `data` in the project. */
    CLIPT_DATA_DIR: optionalText,
    /** A system ffmpeg to use in place of the packaged engine. */
    CLIPT_FFMPEG: optionalText,
    /** What is logged to stderr: silent, error, warn, info or debug. Default: warn for services, silent for commands. */
    CLIPT_LOG: optionalText.pipe(
      z
        .enum(['silent', 'error', 'warn', 'info', 'debug'], {
          error: 'is not a log level; use silent, error, warn, info or debug',
        })
        .optional(),
    ),
    /** A PostgreSQL 16+ server; without it an embedded one runs in the data folder. */
    DATABASE_URL: postgresUrl,
    /** An operator's own deny-list, in the form of server/moderation/terms.json. */
    CLIPT_MODERATION_TERMS: optionalText,
    /** The address that people and vendors reach this installation at. Default: where it listens. */
    CLIPT_URL: origin,
    /** An API key of the installation at CLIPT_URL: commands then run there and not here. */
    CLIPT_API_KEY: optionalText,
    CLIPT_HOST: optionalText,
    CLIPT_PORT: wholeNumber(0, 65_535),
    CLIPT_ROLE: optionalText.pipe(
      z.enum(['web', 'worker', 'all'], { error: 'is no role; use web, worker or all' }).optional(),
    ),
    /** Comma list: the first signs, all verify. Default: one made and kept in the data folder. */
    CLIPT_SECRET: listOf(
      /^.{32,}$/,
      'has a secret of fewer than 32 characters; make one with `openssl rand -hex 32`',
    ),
    /** Services that may be reached without TLS, inside a private network: postgres, redis. */
    CLIPT_ALLOW_PLAINTEXT: commaList.pipe(
      z
        .array(
          z.enum(PLAINTEXT_SERVICES, { error: 'names something else than postgres and redis' }),
        )
        .optional(),
    ),
    /** Tells since when each credential has been used. Default: `rotation.json` in the data folder. */
    CLIPT_ROTATION_FILE: optionalText,
    /** Node's own switch; `0` turns the verification of certificates off. */
    NODE_TLS_REJECT_UNAUTHORIZED: optionalText,
    CLIPT_TLS_CERT: optionalText,
    CLIPT_TLS_KEY: optionalText,
    /** How many proxies in front of us add to X-Forwarded-For. */
    TRUSTED_PROXIES: wholeNumber(0, 10),
    /** Videos of one account that may be made at once; more are queued. */
    CLIPT_RUNNING_VIDEOS: wholeNumber(1, 100_000),
    /** Requests a minute of one key or session. */
    CLIPT_REQUESTS_PER_MINUTE: wholeNumber(1, 100_000_000),
    /** Requests a minute of one account that begin paid work. */
    CLIPT_VIDEOS_PER_MINUTE: wholeNumber(1, 100_000_000),
    /** Rate limits and progress over many machines; without it, PostgreSQL and this process's memory. */
    REDIS_URL: redisUrl,
    /** Google's client id and secret: with them everybody may sign in, and clipt serves more than this machine. */
    AUTH_GOOGLE_ID: optionalText,
    AUTH_GOOGLE_SECRET: optionalText,
    /** Another OpenID provider in Google's place. */
    AUTH_GOOGLE_ISSUER: httpUrl,
    /** Where a vulnerability is reported: an e-mail address, or an https address of a form. */
    CLIPT_SECURITY_CONTACT: optionalText
      .refine((text) => text === undefined || contactUri(text) !== null, {
        error: 'is no contact; write it as security@example.org or https://example.org/report',
      })
      .transform((text) => (text === undefined ? null : contactUri(text))),
    /** Comma list of addresses whose accounts are staff. */
    ADMIN_EMAILS: listOf(
      /^[^\s@;]+@[^\s@;]+$/,
      'is not a list of addresses such as you@example.org,me@example.org',
    ),
    ARK_API_KEY: vendorKeys,
    ARK_BASE_URL: httpUrl,
    ARK_VIDEO_MODEL: optionalText,
    ARK_CHAT_MODEL: optionalText,
    /** Filming tasks that the key allows at once. */
    ARK_MAX_TASKS: wholeNumber(1, 10_000),
    ARK_MAX_CALLS: wholeNumber(1, 10_000),
    /** Seconds after an order that nobody confirmed at which it is looked for; after the last it counts as lost. */
    ARK_LOOKS_AFTER: listOf(/^\d{1,4}$/, 'is not a list of seconds such as 5,30,150,600').refine(
      (all) => all?.every((part, i) => i === 0 || Number(part) > Number(all[i - 1])) ?? true,
      {
        error: 'does not rise from each to the next; write it as 5,30,150,600',
      },
    ),
    /** Hosts that finished clips may be fetched from, besides the base URL's own. */
    ARK_FILE_HOSTS: listOf(
      /^(\*\.)?[\w-]+(\.[\w-]+)*(:\d+)?$/,
      'is not a list of hosts such as *.example.com,files.example.org',
    ),
    ELEVENLABS_API_KEY: vendorKeys,
    ELEVENLABS_BASE_URL: httpUrl,
    ELEVENLABS_MODEL: optionalText,
    ELEVENLABS_VOICE: optionalText,
    ELEVENLABS_MAX_CALLS: wholeNumber(1, 10_000),
    /** Ask ElevenLabs to keep nothing; enterprise plans only. */
    ELEVENLABS_ZERO_RETENTION: yesOrNo,
    OPENAI_API_KEY: vendorKeys,
    OPENAI_BASE_URL: httpUrl,
    OPENAI_MAX_CALLS: wholeNumber(1, 10_000),
    /** A whisper.cpp server; goes before OpenAI. */
    WHISPER_URL: httpUrl,
    /** Where errors are reported; without it nowhere. */
    SENTRY_DSN: dsn,
    /** The project key of product analytics; without it nothing is counted. */
    POSTHOG_KEY: optionalText,
    POSTHOG_HOST: httpUrl,
    /** Mail to people; without it none is sent. */
    RESEND_API_KEY: vendorKeys,
    RESEND_BASE_URL: httpUrl,
    /** Who the mail is from, at a domain that Resend has verified. */
    MAIL_FROM: sender,
    S3_ENDPOINT: httpUrl,
    S3_REGION: optionalText,
    S3_BUCKET: optionalText,
    S3_ACCESS_KEY_ID: optionalText,
    S3_SECRET_ACCESS_KEY: optionalText,
  })
  .superRefine((values, context) => {
    if ((values.CLIPT_TLS_CERT === undefined) !== (values.CLIPT_TLS_KEY === undefined)) {
      const name = values.CLIPT_TLS_CERT === undefined ? 'CLIPT_TLS_CERT' : 'CLIPT_TLS_KEY';
      const message = 'is missing; a certificate and its key go together';
      context.addIssue({ code: 'custom', path: [name], message });
    }
    if (values.RESEND_API_KEY !== undefined && values.MAIL_FROM === undefined) {
      const message = 'is missing; mail by Resend needs a sender';
      context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message });
    }
    if ((values.AUTH_GOOGLE_ID === undefined) !== (values.AUTH_GOOGLE_SECRET === undefined)) {
      const name = values.AUTH_GOOGLE_ID === undefined ? 'AUTH_GOOGLE_ID' : 'AUTH_GOOGLE_SECRET';
      const message = 'is missing; signing in with Google needs both';
      context.addIssue({ code: 'custom', path: [name], message });
    }
    if (values.AUTH_GOOGLE_ID !== undefined && !values.CLIPT_URL?.startsWith('https://')) {
      const message = 'has to be the https address that people reach this installation at';
      context.addIssue({ code: 'custom', path: ['CLIPT_URL'], message });
    }
    if (values.AUTH_GOOGLE_ID !== undefined) {
      if (values.CLIPT_SECURITY_CONTACT === null) {
        const message = 'is missing; people have to know whom to tell of a vulnerability';
        context.addIssue({ code: 'custom', path: ['CLIPT_SECURITY_CONTACT'], message });
      }
      if (values.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
        const message = 'turns the verification of certificates off';
        context.addIssue({ code: 'custom', path: ['NODE_TLS_REJECT_UNAUTHORIZED'], message });
      }
      for (const { name, service, fix } of forbiddenPlaintext(values)) {
        const orAllow = service
          ? `, or set CLIPT_ALLOW_PLAINTEXT=${service} in a private network`
          : '';
        const message = `leads over a network without verified TLS; ${fix}${orAllow}`;
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
    const missing = S3_NAMES.filter((name) => values[name] === undefined);
    if (missing.length === 0 || missing.length === S3_NAMES.length) return;
    for (const name of missing) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'is missing; object storage needs all five S3_ settings, or none for a folder',
      });
    }
  });

/** The variables as they stand, and what has been read of them. */
export type Variables = Readonly<Record<string, string | undefined>>;
export type Values = z.infer<typeof environment>;

/** The variables of `env`, and of `envFile` where `env` has none. Throws a Problem `bad_setting` for one that is wrong. */
export function readEnvironment(env: Variables, envFile: string): Values {
  const fromFile = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  const variables: Variables = { ...fromFile, ...withoutEmpty(env) };
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // What comes after the first is a place in a list.
    const name = String(issue?.path[0] ?? 'A setting');
    const isMissing = !variables[name]?.trim();
    throw new Problem({
      kind: 'invalid',
      code: 'bad_setting',
      message: `${name} ${issue?.message ?? 'cannot be read'}.`,
      action: isMissing
        ? `Set ${name} in the environment or in .env.`
        : `Correct ${name} in the environment or in .env, or remove it.`,
    });
  }
  return parsed.data;
}

/** A variable set to nothing is the same as one not set. */
function withoutEmpty(env: Variables) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
}

/** What is spoken to in the clear although nobody allowed it. */
function forbiddenPlaintext(values: {
  readonly CLIPT_ALLOW_PLAINTEXT?: readonly PlaintextService[] | undefined;
}) {
  const allowed = values.CLIPT_ALLOW_PLAINTEXT ?? [];
  return plaintextEndpoints(values).filter(
    ({ service }) => service === null || !allowed.includes(service),
  );
}
