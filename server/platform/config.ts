import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { Problem } from './problem.ts';

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
    S3_ENDPOINT: httpUrl,
    S3_REGION: optionalText,
    S3_BUCKET: optionalText,
    S3_ACCESS_KEY_ID: optionalText,
    S3_SECRET_ACCESS_KEY: optionalText,
  })
  .superRefine((values, context) => {
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

export type S3Config = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

export type Config = {
  /** Absolute. */
  readonly dataDir: string;
  readonly ffmpegPath: string | null;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  readonly databaseUrl: string | null;
  readonly moderationTermsFile: string | null;
  readonly s3: S3Config | null;
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
  return {
    dataDir: resolve(values.CLIPT_DATA_DIR ?? join(PROJECT_ROOT, 'data')),
    ffmpegPath: values.CLIPT_FFMPEG ?? null,
    logLevel: values.CLIPT_LOG,
    databaseUrl: values.DATABASE_URL ?? null,
    moderationTermsFile: values.CLIPT_MODERATION_TERMS ?? null,
    s3: s3Config(values),
  };
}

function s3Config(values: z.infer<typeof environment>): S3Config | null {
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

/** Not every such address is a URL: `postgres://user@/database?host=/folder` names a socket. */
function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/\S+$/.test(text);
}
