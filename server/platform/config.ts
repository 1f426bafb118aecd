import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { contactUri } from './contact.ts';
import { Problem } from './problem.ts';
import { CREDENTIALS } from './rotation.ts';
import { PLAINTEXT_SERVICES, type PlaintextService, plaintextEndpoints } from './transport.ts';

/** Where the project's own files are; the default data folder and `.env` lie here. */
const PROJECT_ROOT = resolve(import.meta.dirname, '..', '..');

const optionalText = z
  .string()
  .trim()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

const postgresUrl = optionalText.refine((text) => text === undefined || isPostgresUrl(text), {
  error: 'is not a PostgreSQL address; write it as postgres://user:password@host:5432/database',
});

const httpUrl = optionalText.refine((text) => text === undefined || isHttpUrl(text), {
  error: 'is not an address; write it as https://host or http://127.0.0.1:9000',
});

const redisUrl = optionalText.refine((text) => text === undefined || isRedisUrl(text), {
  error: 'is not a Redis address; write it as redis://host:6379 or rediss://user:password@host',
});

const wholeNumber = (least: number, most: number) =>
  optionalText
    .refine((text) => text === undefined || /^\d{1,9}$/.test(text), {
      error: `is not a whole number from ${least} to ${most}`,
    })
    .transform((text) => (text === undefined ? undefined : Number(text)))
    .refine((value) => value === undefined || (value >= least && value <= most), {
      error: `is not a whole number from ${least} to ${most}`,
    });

const commaList = optionalText.transform((text) =>
  text === undefined
    ? undefined
    : text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
);

/** Two while a key is being rotated: the first is used, the second where the vendor does not take it. */
const vendorKeys = commaList.refine((keys) => keys === undefined || keys.length <= 2, {
  error: 'has more than two keys; keep the new one and the one that it replaces',
});

const yesOrNo = optionalText.pipe(
  z
    .enum(['yes', 'no'], { error: 'is neither yes nor no' })
    .transform((word) => word === 'yes')
    .optional(),
);

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
    /** What is logged to stderr: silent, error, warn, info or debug. Default: silent for commands. */
    CLIPT_LOG: optionalText.pipe(
      z
        .enum(['silent', 'error', 'warn', 'info', 'debug'], {
          error: 'is not a log level; use silent, error, warn, info or debug',
        })
        .default('silent'),
    ),
    /** A PostgreSQL 16+ server; without it an embedded one runs in the data folder. */
    DATABASE_URL: postgresUrl,
    /** An operator's own deny-list, in the form of server/moderation/terms.json. */
    CLIPT_MODERATION_TERMS: optionalText,
    /** The address that people and vendors reach this installation at. Default: where it listens. */
    CLIPT_URL: httpUrl,
    /** An API key of the installation at CLIPT_URL: commands then run there and not here. */
    CLIPT_API_KEY: optionalText,
    CLIPT_HOST: optionalText,
    CLIPT_PORT: wholeNumber(0, 65_535),
    CLIPT_ROLE: optionalText.pipe(
      z.enum(['web', 'worker', 'all'], { error: 'is no role; use web, worker or all' }).optional(),
    ),
    /** Comma list: the first signs, all verify. Default: one made and kept in the data folder. */
    CLIPT_SECRET: commaList.refine((all) => all?.every((secret) => secret.length >= 32) ?? true, {
      error: 'has a secret of fewer than 32 characters; make one with `openssl rand -hex 32`',
    }),
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
    ADMIN_EMAILS: commaList,
    ARK_API_KEY: vendorKeys,
    ARK_BASE_URL: httpUrl,
    ARK_VIDEO_MODEL: optionalText,
    ARK_CHAT_MODEL: optionalText,
    /** Filming tasks that the key allows at once. */
    ARK_MAX_TASKS: wholeNumber(1, 10_000),
    ARK_MAX_CALLS: wholeNumber(1, 10_000),
    /** Seconds after an order that nobody confirmed at which it is looked for; after the last it counts as lost. */
    ARK_LOOKS_AFTER: commaList.refine(
      (all) => all?.every((part) => /^\d{1,4}$/.test(part)) ?? true,
      {
        error: 'is not a list of seconds such as 5,30,150,600',
      },
    ),
    /** Hosts that finished clips may be fetched from, besides the base URL's own. */
    ARK_FILE_HOSTS: commaList,
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
    SENTRY_DSN: optionalText.refine((text) => text === undefined || isDsn(text), {
      error: 'is not a DSN; copy it from the project at Sentry: https://key@host/number',
    }),
    /** The project key of product analytics; without it nothing is counted. */
    POSTHOG_KEY: optionalText,
    POSTHOG_HOST: httpUrl,
    /** Mail to people; without it none is sent. */
    RESEND_API_KEY: vendorKeys,
    RESEND_BASE_URL: httpUrl,
    /** Who the mail is from, at a domain that Resend has verified. */
    MAIL_FROM: optionalText.refine((text) => text === undefined || isSender(text), {
      error: 'is not a sender; write it as clipt <no-reply@example.org>',
    }),
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

/** What is spoken to in the clear although nobody allowed it. */
function forbiddenPlaintext(values: {
  readonly CLIPT_ALLOW_PLAINTEXT?: readonly PlaintextService[] | undefined;
}) {
  const allowed = values.CLIPT_ALLOW_PLAINTEXT ?? [];
  return plaintextEndpoints(values).filter(
    ({ service }) => service === null || !allowed.includes(service),
  );
}

export type S3Config = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

export type ArkConfig = {
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  readonly videoModel: string;
  readonly chatModel: string;
  readonly maxTasks: number;
  readonly maxCalls: number;
  readonly fileHosts: readonly string[];
  /** Ascending; never empty. */
  readonly looksAfterSeconds: readonly number[];
};

export type ElevenLabsConfig = {
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  readonly model: string;
  readonly voice: string;
  readonly maxCalls: number;
  readonly zeroRetention: boolean;
};

export type OpenAiConfig = {
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  readonly maxCalls: number;
};

/** Each part is null where it is off. */
export type TelemetryConfig = {
  readonly sentryDsn: string | null;
  readonly postHog: { readonly key: string; readonly host: string } | null;
};

export type MailConfig = {
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  readonly from: string;
};

/** Each part is null where its vendor has no key: a local model does its work. */
export type VendorsConfig = {
  readonly ark: ArkConfig | null;
  readonly elevenLabs: ElevenLabsConfig | null;
  readonly openAi: OpenAiConfig | null;
  readonly whisperUrl: string | null;
};

/** Signing in with Google, for everybody. */
export type SignInConfig = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
  /** As people see the installation: https, an origin without a path. */
  readonly origin: string;
  /** In lower case. */
  readonly adminEmails: ReadonlySet<string>;
};

export type ServiceConfig = {
  /** As people see it, without a slash at the end; null where it is just where we listen. */
  readonly url: string | null;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly role: 'web' | 'worker' | 'all';
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly trustedProxies: number;
  readonly requestsPerMinute: number;
  readonly videosPerMinute: number;
};

export type Config = {
  /** Absolute. */
  readonly dataDir: string;
  readonly ffmpegPath: string | null;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly moderationTermsFile: string | null;
  /** Null for the installation's own secret. */
  readonly secrets: readonly string[] | null;
  readonly runningVideos: number;
  readonly service: ServiceConfig;
  readonly rotationFile: string;
  /** The credentials that are set, by their variables. */
  readonly credentials: readonly string[];
  /** Addresses that are spoken to in the clear, by their variables; named at every start. */
  readonly plaintext: readonly string[];
  /** Where vulnerabilities are reported, as `mailto:` or https; never null with sign-in for everybody. */
  readonly securityContact: string | null;
  /** Null where there is the owner alone, on this machine. */
  readonly signIn: SignInConfig | null;
  /** Another installation that commands run on. */
  readonly remote: { readonly url: string; readonly apiKey: string } | null;
  readonly vendors: VendorsConfig;
  readonly s3: S3Config | null;
  readonly telemetry: TelemetryConfig;
  /** Null where no mail is sent. */
  readonly mail: MailConfig | null;
};

/**
 * The settings, parsed once at start from the environment and the project's `.env` (the environment wins).
 * Throws a Problem `bad_setting` that names the variable and how to make a good value.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  envFile = join(PROJECT_ROOT, '.env'),
): Config {
  const fromFile = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  const parsed = environment.safeParse({ ...fromFile, ...withoutEmpty(env) });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue?.path.join('.') ?? 'A setting';
    throw new Problem({
      kind: 'invalid',
      code: 'bad_setting',
      message: `${name} ${issue?.message ?? 'cannot be read'}.`,
      action: `Correct ${name} in the environment or in .env, or remove it.`,
    });
  }
  const values = parsed.data;
  const given: Readonly<Record<string, unknown>> = values;
  const dataDir = resolve(values.CLIPT_DATA_DIR ?? join(PROJECT_ROOT, 'data'));
  return {
    dataDir,
    ffmpegPath: values.CLIPT_FFMPEG ?? null,
    logLevel: values.CLIPT_LOG,
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    moderationTermsFile: values.CLIPT_MODERATION_TERMS ?? null,
    secrets: values.CLIPT_SECRET ?? null,
    runningVideos: values.CLIPT_RUNNING_VIDEOS ?? 5,
    service: serviceConfig(values),
    rotationFile: values.CLIPT_ROTATION_FILE ?? join(dataDir, 'rotation.json'),
    credentials: CREDENTIALS.filter((name) => given[name] !== undefined),
    plaintext: plaintextEndpoints(values).map(({ name }) => name),
    securityContact: values.CLIPT_SECURITY_CONTACT,
    signIn: signInConfig(values),
    remote: remoteConfig(values),
    vendors: vendorsConfig(values),
    s3: s3Config(values),
    mail: mailConfig(values),
    telemetry: telemetryConfig(values),
  };
}

type Values = z.infer<typeof environment>;

function serviceConfig(values: Values): ServiceConfig {
  const { CLIPT_TLS_CERT: certFile, CLIPT_TLS_KEY: keyFile } = values;
  return {
    url: values.CLIPT_URL?.replace(/\/+$/, '') ?? null,
    host: values.CLIPT_HOST ?? '127.0.0.1',
    port: values.CLIPT_PORT ?? 3000,
    role: values.CLIPT_ROLE ?? 'all',
    tls: certFile && keyFile ? { certFile, keyFile } : null,
    trustedProxies: values.TRUSTED_PROXIES ?? 0,
    requestsPerMinute: values.CLIPT_REQUESTS_PER_MINUTE ?? 120,
    videosPerMinute: values.CLIPT_VIDEOS_PER_MINUTE ?? 10,
  };
}

function signInConfig(values: Values): SignInConfig | null {
  const { AUTH_GOOGLE_ID: clientId, AUTH_GOOGLE_SECRET: clientSecret, CLIPT_URL: url } = values;
  if (!clientId || !clientSecret || !url) return null;
  return {
    ...{ clientId, clientSecret, origin: new URL(url).origin },
    issuer: values.AUTH_GOOGLE_ISSUER?.replace(/\/+$/, '') ?? 'https://accounts.google.com',
    adminEmails: new Set(values.ADMIN_EMAILS?.map((email) => email.toLowerCase())),
  };
}

function remoteConfig({ CLIPT_URL, CLIPT_API_KEY }: Values): Config['remote'] {
  if (!CLIPT_API_KEY) return null;
  return { url: (CLIPT_URL ?? 'http://127.0.0.1:3000').replace(/\/+$/, ''), apiKey: CLIPT_API_KEY };
}

/** A create answers within two minutes or is lost by then, and its task is listed at once. */
const ARK_LOOKS_AFTER_SECONDS = [5, 30, 150, 600];

/** Defaults of the vendors are those of their documentation in 2026. */
function vendorsConfig(values: Values): VendorsConfig {
  const { ARK_API_KEY, ELEVENLABS_API_KEY, OPENAI_API_KEY } = values;
  return {
    ark: ARK_API_KEY
      ? {
          apiKeys: ARK_API_KEY,
          baseUrl: values.ARK_BASE_URL ?? 'https://ark.ap-southeast.bytepluses.com/api/v3',
          videoModel: values.ARK_VIDEO_MODEL ?? 'dreamina-seedance-2-0-fast-260128',
          chatModel: values.ARK_CHAT_MODEL ?? 'seed-2-0-lite-260228',
          maxTasks: values.ARK_MAX_TASKS ?? 3,
          maxCalls: values.ARK_MAX_CALLS ?? 8,
          fileHosts: values.ARK_FILE_HOSTS ?? ['*.volces.com', '*.bytepluses.com'],
          looksAfterSeconds: values.ARK_LOOKS_AFTER?.map(Number) ?? ARK_LOOKS_AFTER_SECONDS,
        }
      : null,
    elevenLabs: ELEVENLABS_API_KEY
      ? {
          apiKeys: ELEVENLABS_API_KEY,
          baseUrl: values.ELEVENLABS_BASE_URL ?? 'https://api.elevenlabs.io',
          model: values.ELEVENLABS_MODEL ?? 'eleven_multilingual_v2',
          voice: values.ELEVENLABS_VOICE ?? '21m00Tcm4TlvDq8ikWAM',
          maxCalls: values.ELEVENLABS_MAX_CALLS ?? 3,
          zeroRetention: values.ELEVENLABS_ZERO_RETENTION ?? false,
        }
      : null,
    openAi: OPENAI_API_KEY
      ? {
          apiKeys: OPENAI_API_KEY,
          baseUrl: values.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
          maxCalls: values.OPENAI_MAX_CALLS ?? 8,
        }
      : null,
    whisperUrl: values.WHISPER_URL ?? null,
  };
}

function telemetryConfig({ SENTRY_DSN, POSTHOG_KEY, POSTHOG_HOST }: Values): TelemetryConfig {
  return {
    sentryDsn: SENTRY_DSN ?? null,
    postHog: POSTHOG_KEY
      ? { key: POSTHOG_KEY, host: POSTHOG_HOST ?? 'https://eu.i.posthog.com' }
      : null,
  };
}

function mailConfig({ RESEND_API_KEY, RESEND_BASE_URL, MAIL_FROM }: Values): MailConfig | null {
  if (!RESEND_API_KEY || !MAIL_FROM) return null;
  const baseUrl = RESEND_BASE_URL ?? 'https://api.resend.com';
  return { apiKeys: RESEND_API_KEY, baseUrl, from: MAIL_FROM };
}

function s3Config(values: Values): S3Config | null {
  const { S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = values;
  if (!S3_ENDPOINT || !S3_REGION || !S3_BUCKET || !S3_ACCESS_KEY_ID || !S3_SECRET_ACCESS_KEY) {
    return null;
  }
  return {
    endpoint: S3_ENDPOINT,
    region: S3_REGION,
    bucket: S3_BUCKET,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
  };
}

/** A variable set to nothing is the same as one not set. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol);
}

/** `https://key@host/path/project`. */
function isDsn(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !isHttpUrl(text)) return false;
  const hasRest = url.password + url.search + url.hash !== '';
  return /^[\w-]+$/.test(url.username) && /\/\d+$/.test(url.pathname) && !hasRest;
}

/** `name@host`, or `Name <name@host>`. */
function isSender(text: string): boolean {
  return /^(?:[^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(text);
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['redis:', 'rediss:'].includes(url.protocol);
}

/** Not every such address is a URL: `postgres://user@/database?host=/folder` names a socket. */
function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/\S+$/.test(text);
}
