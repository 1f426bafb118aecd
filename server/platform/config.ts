import { join, resolve } from 'node:path';
import { readEnvironment, type Values, type Variables } from './environment.ts';
import { CREDENTIALS } from './rotation.ts';
import { plaintextEndpoints } from './transport.ts';

/** Where the project's own files are; the default data folder and `.env` lie here. */
const PROJECT_ROOT = resolve(import.meta.dirname, '..', '..');

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
  /** Null when it was not set: then it is for the command to choose. */
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug' | null;
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
export function readConfig(env: Variables, envFile = join(PROJECT_ROOT, '.env')): Config {
  const values = readEnvironment(env, envFile);
  const given: Readonly<Record<string, unknown>> = values;
  const dataDir = resolve(values.CLIPT_DATA_DIR ?? join(PROJECT_ROOT, 'data'));
  return {
    dataDir,
    ffmpegPath: values.CLIPT_FFMPEG ?? null,
    logLevel: values.CLIPT_LOG ?? null,
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

function serviceConfig(values: Values): ServiceConfig {
  const { CLIPT_TLS_CERT: certFile, CLIPT_TLS_KEY: keyFile } = values;
  return {
    url: values.CLIPT_URL ?? null,
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
    ...{ clientId, clientSecret, origin: url },
    issuer: values.AUTH_GOOGLE_ISSUER?.replace(/\/+$/, '') ?? 'https://accounts.google.com',
    adminEmails: new Set(values.ADMIN_EMAILS?.map((email) => email.toLowerCase())),
  };
}

function remoteConfig({ CLIPT_URL, CLIPT_API_KEY }: Values): Config['remote'] {
  if (!CLIPT_API_KEY) return null;
  return { url: CLIPT_URL ?? 'http://127.0.0.1:3000', apiKey: CLIPT_API_KEY };
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
