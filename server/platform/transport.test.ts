import { expect, test } from 'vitest';
import { plaintextEndpoints } from './transport.ts';

const names = (values: Record<string, unknown>) =>
  plaintextEndpoints(values).map(({ name }) => name);

test.each([
  ['DATABASE_URL', 'postgres://u:p@db.example:5432/clipt'],
  ['DATABASE_URL', 'postgres://u:p@db.example/clipt?sslmode=require'],
  ['DATABASE_URL', 'postgres://u:p@db.example/clipt?sslmode=disable'],
  ['DATABASE_URL', 'postgres://u:p@db.example/clipt?sslmode=no-verify'],
  ['DATABASE_URL', 'postgres://u:p@localhost/clipt?host=db.example'],
  ['REDIS_URL', 'redis://cache.example:6379'],
  ['S3_ENDPOINT', 'http://10.0.0.3:9000'],
  ['WHISPER_URL', 'http://192.168.1.5:8080'],
  ['ARK_BASE_URL', 'http://ark.example/api'],
  ['ELEVENLABS_BASE_URL', 'http://localhost.example'],
  ['OPENAI_BASE_URL', 'http://127.0.0.2.example'],
  ['RESEND_BASE_URL', 'http://resend.example'],
  ['AUTH_GOOGLE_ISSUER', 'http://issuer.example'],
  ['CLIPT_URL', 'http://clipt.example'],
])('%s as %s would be spoken to in the clear', (name, value) => {
  expect(names({ [name]: value })).toEqual([name]);
});

test.each([
  ['DATABASE_URL', 'postgres://u:p@db.example/clipt?sslmode=verify-full'],
  ['DATABASE_URL', 'postgres://u:p@127.0.0.1:5432/clipt'],
  ['DATABASE_URL', 'postgres://u@/clipt?host=/var/run/postgresql'],
  ['REDIS_URL', 'rediss://default:p@cache.example:6379'],
  ['REDIS_URL', 'redis://localhost:6379'],
  ['S3_ENDPOINT', 'https://fra1.digitaloceanspaces.com'],
  ['WHISPER_URL', 'http://[::1]:8080'],
  ['ARK_BASE_URL', 'http://127.0.0.1:9000'],
  ['CLIPT_URL', undefined],
])('%s as %s is not', (name, value) => {
  expect(names({ [name]: value })).toEqual([]);
});
