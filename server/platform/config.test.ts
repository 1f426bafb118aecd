import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

let dir: string;
const none = () => join(dir, 'no.env');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-config-'));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('an empty environment is a whole configuration', () => {
  expect(readConfig({}, none())).toMatchObject({
    databaseUrl: null,
    ffmpegPath: null,
    s3: null,
    logLevel: null,
  });
});

test('the environment wins over .env, and a variable set to nothing is not set', async () => {
  const file = join(dir, '.env');
  await writeFile(file, 'CLIPT_LOG=info\nCLIPT_FFMPEG=/opt/ffmpeg\n');
  expect(readConfig({ CLIPT_LOG: 'debug', CLIPT_FFMPEG: '' }, file)).toMatchObject({
    logLevel: 'debug',
    ffmpegPath: '/opt/ffmpeg',
  });
});

test.each([
  ['DATABASE_URL', 'mysql://host/x'],
  ['DATABASE_URL', 'not an address'],
  ['CLIPT_LOG', 'loud'],
  ['S3_ENDPOINT', 'ftp://host'],
  ['SENTRY_DSN', 'https://o1.ingest.de.sentry.io/1'],
  ['SENTRY_DSN', 'https://key@o1.ingest.de.sentry.io/project'],
  ['POSTHOG_HOST', 'eu.i.posthog.com'],
  ['CLIPT_URL', 'https://clipt.example/studio'],
  ['CLIPT_URL', 'https://user:password@clipt.example'],
  ['ADMIN_EMAILS', 'ada'],
  ['ADMIN_EMAILS', 'ada@example.org;bob@example.org'],
  ['CLIPT_SECRET', 'short'],
  ['ARK_API_KEY', 'one key'],
  ['ARK_API_KEY', 'one,two,three'],
  ['ARK_LOOKS_AFTER', '5,thirty'],
  ['ARK_LOOKS_AFTER', '30,5'],
  ['ARK_FILE_HOSTS', 'https://files.example.org/clips'],
])('a bad %s names itself and the fix', (name, value) => {
  expect(() => readConfig({ [name]: value }, none())).toThrow(
    expect.objectContaining({
      code: 'bad_setting',
      message: expect.stringContaining(name),
      action: expect.stringContaining(name),
    }),
  );
});

test('an address of the installation is kept as browsers name its origin', () => {
  const url = (given: string) => readConfig({ CLIPT_URL: given }, none()).service.url;
  expect(url('https://Clipt.Example:443/')).toBe('https://clipt.example');
  expect(url('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000');
});

test('a list with nothing between its commas is not set', () => {
  const env = { CLIPT_SECRET: ',', ARK_API_KEY: ' , ', ADMIN_EMAILS: ',', ARK_LOOKS_AFTER: ',' };
  const { secrets, vendors } = readConfig(env, none());
  expect([secrets, vendors.ark]).toEqual([null, null]);
});

test('what is missing is to be set, and what is wrong in a list is named by its variable', () => {
  const refusal = (env: Record<string, string>) => () => readConfig(env, none());
  expect(refusal({ RESEND_API_KEY: 're_1' })).toThrow(
    expect.objectContaining({ action: 'Set MAIL_FROM in the environment or in .env.' }),
  );
  expect(refusal({ CLIPT_ALLOW_PLAINTEXT: 'postgres,mysql' })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^CLIPT_ALLOW_PLAINTEXT names/) }),
  );
});

test.each([
  'postgres://clipt:secret@db.example.org:5432/clipt',
  'postgresql://clipt@/clipt?host=/var/run/postgresql',
])('%s is a database address', (url) => {
  expect(readConfig({ DATABASE_URL: url }, none()).databaseUrl).toBe(url);
});

test('half of the storage settings are refused with the name of one that is missing', () => {
  const half = { S3_ENDPOINT: 'https://s3.example.org', S3_BUCKET: 'films' };
  expect(() => readConfig(half, none())).toThrow(/S3_\w+ is missing/);
});

test('mail needs a sender, and none is sent without its key', () => {
  const key = { RESEND_API_KEY: 're_1' };
  expect(() => readConfig(key, none())).toThrow(/MAIL_FROM is missing/);
  expect(() => readConfig({ ...key, MAIL_FROM: 'nobody' }, none())).toThrow(/MAIL_FROM is not a/);
  const from = 'clipt <no-reply@example.org>';
  expect(readConfig({ ...key, MAIL_FROM: from }, none()).mail).toEqual({
    ...{ apiKeys: ['re_1'], baseUrl: 'https://api.resend.com', from },
  });
  expect(readConfig({ MAIL_FROM: from }, none()).mail).toBeNull();
});

test('telemetry is off without its keys, and goes to Europe unless told otherwise', () => {
  const off = { sentryDsn: null, postHog: null };
  expect(readConfig({ POSTHOG_HOST: 'https://p.example.org' }, none()).telemetry).toEqual(off);
  const dsn = 'https://0a1b@o1.ingest.de.sentry.io/42';
  expect(readConfig({ SENTRY_DSN: dsn, POSTHOG_KEY: 'phc_1' }, none()).telemetry).toEqual({
    ...{ sentryDsn: dsn, postHog: { key: 'phc_1', host: 'https://eu.i.posthog.com' } },
  });
});

test('a refused value is not repeated, since it may hold a password', () => {
  const url = 'mysql://user:hunter2@host/db';
  expect(() => readConfig({ DATABASE_URL: url }, none())).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});

describe('with sign-in for everybody', () => {
  const hosted = {
    AUTH_GOOGLE_ID: 'id',
    AUTH_GOOGLE_SECRET: 'secret',
    CLIPT_URL: 'https://clipt.example',
    CLIPT_SECURITY_CONTACT: 'security@clipt.example',
  };

  test('nothing starts without a contact for vulnerabilities, which an owner alone may leave out', () => {
    expect(readConfig(hosted, none()).securityContact).toBe('mailto:security@clipt.example');
    const without = { ...hosted, CLIPT_SECURITY_CONTACT: '' };
    expect(() => readConfig(without, none())).toThrow(
      expect.objectContaining({
        code: 'bad_setting',
        message: expect.stringContaining('CLIPT_SECURITY_CONTACT is missing'),
      }),
    );
    expect(readConfig({}, none()).securityContact).toBeNull();
    const bad = { CLIPT_SECURITY_CONTACT: 'the front desk' };
    expect(() => readConfig(bad, none())).toThrow(/CLIPT_SECURITY_CONTACT is no contact/);
  });

  test.each([undefined, 'http://clipt.example', 'http://localhost:3000'])(
    'nothing starts under %s, which is no https address',
    (CLIPT_URL) => {
      expect(() => readConfig({ ...hosted, CLIPT_URL }, none())).toThrow(/CLIPT_URL .*https/);
    },
  );

  test.each([
    ['DATABASE_URL', 'postgres://u:p@db/clipt', /verify-full/],
    ['REDIS_URL', 'redis://cache:6379', /rediss/],
    ['ARK_BASE_URL', 'http://ark.example', /https/],
  ])('nothing starts with %s over a network in the clear', (name, value, words) => {
    expect(() => readConfig({ ...hosted, [name]: value }, none())).toThrow(words);
    expect(readConfig({ [name]: value }, none()).plaintext).toEqual([name]);
  });

  test('an operator may allow it for Postgres and Redis alone, and it is named', () => {
    const env = {
      ...hosted,
      ...{ DATABASE_URL: 'postgres://u:p@db/clipt', REDIS_URL: 'redis://cache:6379' },
    };
    const both = { ...env, CLIPT_ALLOW_PLAINTEXT: 'postgres, redis' };
    expect(readConfig(both, none()).plaintext).toEqual(['REDIS_URL', 'DATABASE_URL']);
    const one = { ...env, CLIPT_ALLOW_PLAINTEXT: 'postgres' };
    expect(() => readConfig(one, none())).toThrow(/REDIS_URL/);
    const other = { ...hosted, CLIPT_ALLOW_PLAINTEXT: 'vendors' };
    expect(() => readConfig(other, none())).toThrow(/CLIPT_ALLOW_PLAINTEXT/);
  });

  test('certificates are verified: nothing starts where Node was told not to', () => {
    const env = { ...hosted, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect(() => readConfig(env, none())).toThrow(/NODE_TLS_REJECT_UNAUTHORIZED/);
  });
});
