import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../platform/config.ts';
import { outsideServices } from './outside-services.ts';
import { privacyPage } from './privacy-page.ts';

/** Each outside service, and the settings with which an installation uses it. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'BytePlus ModelArk': { ARK_API_KEY: 'k' },
  ElevenLabs: { ELEVENLABS_API_KEY: 'k' },
  OpenAI: { OPENAI_API_KEY: 'k' },
  'whisper.cpp': { WHISPER_URL: 'http://127.0.0.1:9000' },
  Google: {
    ...{ AUTH_GOOGLE_ID: 'id', AUTH_GOOGLE_SECRET: 'secret', CLIPT_URL: 'https://clipt.example' },
    CLIPT_SECURITY_CONTACT: 'help@clipt.example',
  },
  Resend: { RESEND_API_KEY: 'k', MAIL_FROM: 'no-reply@clipt.example' },
  Sentry: { SENTRY_DSN: 'https://hidden@errors.example.org/1' },
  PostHog: { POSTHOG_KEY: 'hidden', POSTHOG_HOST: 'https://eu.i.posthog.com' },
  'Object storage': {
    ...{ S3_ENDPOINT: 'https://s3.example.org', S3_REGION: 'eu', S3_BUCKET: 'films' },
    ...{ S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' },
  },
  PostgreSQL: { DATABASE_URL: 'postgres://u:p@db.example.org/clipt?sslmode=verify-full' },
  Redis: { REDIS_URL: 'rediss://cache.example.org' },
};

function pageWith(names: readonly string[]): string {
  const env = Object.assign({}, ...names.map((name) => SERVICES[name]));
  const config = readConfig(env, join(import.meta.dirname, 'no.env'));
  const services = outsideServices(config);
  return privacyPage({ services, contact: config.securityContact, serves: () => true });
}

const namedIn = (page: string) => {
  const [, section = ''] = page.split('<h2>Other services</h2>');
  const [own = ''] = section.split('</section>');
  return [...own.matchAll(/<dt>([^<]+)<\/dt>/g)].map(([, name]) => name).toSorted();
};

test('the page names every outside service that is configured, and no other', () => {
  fc.assert(
    fc.property(fc.subarray(Object.keys(SERVICES)), (names) => {
      // A whisper.cpp server goes before OpenAI, which then is asked nothing.
      const used = names.filter((name) => name !== 'OpenAI' || !names.includes('whisper.cpp'));
      expect(namedIn(pageWith(names))).toEqual(used.toSorted());
    }),
  );
});

test('where nothing is configured, the page says that everything is made here', () => {
  expect(pageWith([])).toContain('None: everything is made here.');
});

test('the page holds no secret, nor where the database is', () => {
  const page = pageWith(Object.keys(SERVICES));
  expect(page).toContain('s3.example.org');
  expect(page).not.toMatch(/secret|hidden|db\.example|cache\.example|127\.0\.0\.1/);
});

test('the page promises only what the installation serves', () => {
  const serves = (operation: string) => operation === 'GET /app/sessions';
  const page = privacyPage({ services: [], contact: null, serves });
  const operations = [...page.matchAll(/<code>([A-Z]+ \/[^<]+)<\/code>/g)].map(([, name]) => name);
  expect(operations).toEqual(['GET /app/sessions']);
  expect(page).not.toContain('A deleted account');
});
