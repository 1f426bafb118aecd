import { z } from 'zod';

/** What a setting may look like. Each form tells in its error how to write a good one. */

/** Text without the blanks around it; nothing but blanks is the same as none. */
export const optionalText = z
  .string()
  .trim()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

export const postgresUrl = optionalText.refine(
  (text) => text === undefined || isPostgresUrl(text),
  {
    error: 'is not a PostgreSQL address; write it as postgres://user:password@host:5432/database',
  },
);

export const httpUrl = optionalText.refine((text) => text === undefined || isHttpUrl(text), {
  error: 'is not an address; write it as https://host or http://127.0.0.1:9000',
});

/** Pages and addresses of the API begin at its root, so there can be no path. */
export const origin = httpUrl
  .refine((text) => text === undefined || isOrigin(text), {
    error: 'has a path or more behind the host; write it as https://clips.example.org',
  })
  .transform((text) => (text === undefined ? undefined : new URL(text).origin));

export const redisUrl = optionalText.refine((text) => text === undefined || isRedisUrl(text), {
  error: 'is not a Redis address; write it as redis://host:6379 or rediss://user:password@host',
});

export const dsn = optionalText.refine((text) => text === undefined || isDsn(text), {
  error: 'is not a DSN; copy it from the project at Sentry: https://key@host/number',
});

export const sender = optionalText.refine((text) => text === undefined || isSender(text), {
  error: 'is not a sender; write it as clipt <no-reply@example.org>',
});

export const wholeNumber = (least: number, most: number) =>
  optionalText
    .refine((text) => text === undefined || /^\d{1,9}$/.test(text), {
      error: `is not a whole number from ${least} to ${most}`,
    })
    .transform((text) => (text === undefined ? undefined : Number(text)))
    .refine((value) => value === undefined || (value >= least && value <= most), {
      error: `is not a whole number from ${least} to ${most}`,
    });

/** Nothing between its commas is the same as no list. */
export const commaList = optionalText.transform((text) => {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  const kept = parts.filter((part) => part !== '');
  return kept.length === 0 ? undefined : kept;
});

/** A comma list whose every part has this form. */
export const listOf = (form: RegExp, error: string) =>
  commaList.refine((parts) => parts?.every((part) => form.test(part)) ?? true, { error });

/** Two while a key is being rotated: the first is used, the second where the vendor does not take it. */
export const vendorKeys = listOf(
  /^[\x21-\x7e]+$/,
  'holds a blank or a sign that no key has; copy it once more',
).refine((keys) => keys === undefined || keys.length <= 2, {
  error: 'has more than two keys; keep the new one and the one that it replaces',
});

export const yesOrNo = optionalText.pipe(
  z
    .enum(['yes', 'no'], { error: 'is neither yes nor no' })
    .transform((word) => word === 'yes')
    .optional(),
);

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.href === `${url.origin}/`;
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
