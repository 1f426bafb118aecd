import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeUrlSigner } from '../../server/platform/objects/signed-url.ts';
import type { Reply } from './answer.ts';
import { type ApiService, openService } from './service.ts';
import { codeOf, openForm, sendForm, type UploadForm } from './shapes.ts';

/** Addresses that need no key, because they are signed: what was signed is what they do, and nothing else. */

const FILE = Buffer.from('0123456789'.repeat(100));
const KEY = 'aaaaaaaaaaaaaaaaaaaa/0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'bbbbbbbbbbbbbbbbbbbb/0123456789abcdef0123456789abcdef';
const LINK = { seconds: 300, contentType: 'video/mp4', downloadName: 'film.mp4' };

let service: ApiService;
let link: string;
beforeAll(async () => {
  service = await openService();
  const { objects } = service.clipt;
  for (const key of [KEY, OTHER_KEY]) await objects.put(key, FILE, { contentType: 'video/mp4' });
  link = await objects.signedGet(KEY, LINK);
});
afterAll(() => service.close());

const ask = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  service.request(method, path, { as: {}, headers });
const refusal = (reply: Reply) => [reply.status, codeOf(reply)];

test('a link gives the file as it was signed, to anybody', async () => {
  const { status, headers, bytes } = await ask('GET', link);
  expect(status).toBe(200);
  expect(bytes.equals(FILE)).toBe(true);
  expect(headers.get('content-type')).toBe('video/mp4');
  expect(headers.get('content-disposition')).toContain('film.mp4');
  expect(headers.get('accept-ranges')).toBe('bytes');
});

test('HEAD tells of the file without it', async () => {
  const { status, headers, bytes } = await ask('HEAD', link);
  expect([status, bytes.length]).toEqual([200, 0]);
  expect(headers.get('content-length')).toBe(String(FILE.length));
});

test.each([
  ['bytes=0-99', 0, 99],
  ['bytes=900-', 900, 999],
  ['bytes=-1', 999, 999],
  ['bytes=990-5000', 990, 999],
])('%s gives that part', async (range, from, to) => {
  const { status, headers, bytes } = await ask('GET', link, { range });
  expect(status).toBe(206);
  expect(headers.get('content-range')).toBe(`bytes ${from}-${to}/${FILE.length}`);
  expect(bytes.equals(FILE.subarray(from, to + 1))).toBe(true);
});

test('a range beyond the file is none of it', async () => {
  const { status, headers } = await ask('GET', link, { range: 'bytes=1000-' });
  expect(status).toBe(416);
  expect(headers.get('content-range')).toBe(`bytes */${FILE.length}`);
});

test.each(['bytes=9-1', 'lines=1-2', 'bytes=a-b', 'bytes='])(
  '%j is no range, so the whole file comes',
  async (range) => {
    const { status, bytes } = await ask('GET', link, { range });
    expect([status, bytes.length]).toEqual([200, FILE.length]);
  },
);

test('whatever of a link is altered, it is refused', async () => {
  const altered = [
    link.replace(KEY, OTHER_KEY),
    link.replace('film.mp4', 'film.html'),
    link.replace('video%2Fmp4', 'text%2Fhtml'),
    link.replace(/expires=(\d+)/, (_text, seconds) => `expires=${Number(seconds) + 1}`),
    link.replace(/signature=./, (text) => (text.endsWith('A') ? 'signature=B' : 'signature=A')),
    link.replace(/&signature=.*/, ''),
    link.replace(/&name=[^&]*/, ''),
    `${link}&name=other.mp4`,
    `${link}&response-content-type=text/html`,
    `/objects/${KEY}`,
  ];
  for (const path of altered) {
    for (const method of ['GET', 'HEAD']) {
      const reply = await ask(method, path);
      expect([path, method, reply.status]).toEqual([path, method, 403]);
      if (method === 'GET') expect(codeOf(reply)).toBe('link_rejected');
    }
  }
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a link to get is not one to %s', async (method) => {
  const { status } = await ask(method, link);
  expect([403, 404, 405]).toContain(status);
  expect((await ask('GET', link)).bytes.equals(FILE)).toBe(true);
});

test('a link is over after its time', async () => {
  const { secrets } = service.clipt;
  const signerAt = (ms: number) =>
    makeUrlSigner({ baseUrl: '', secrets, now: () => new Date(Date.now() + ms) });
  const over = signerAt(-301_000).signGet(KEY, LINK);
  expect(refusal(await ask('GET', over))).toEqual([403, 'link_rejected']);
  expect((await ask('GET', signerAt(-200_000).signGet(KEY, LINK))).status).toBe(200);
  const form = signerAt(-901_000).signUpload(`${KEY}0`, {
    ...{ seconds: 900, contentType: 'video/mp4', maxBytes: 100 },
  });
  const late = await sendForm(service, form, new Uint8Array(FILE.subarray(0, 10)));
  expect(refusal(late)).toEqual([403, 'link_rejected']);
});

test('a link of another secret is none', async () => {
  const stranger = makeUrlSigner({
    ...{ baseUrl: '', secrets: ['x'.repeat(32)], now: () => new Date() },
  });
  expect(refusal(await ask('GET', stranger.signGet(KEY, LINK)))).toEqual([403, 'link_rejected']);
});

test('paths that lead elsewhere lead nowhere', async () => {
  const query = link.slice(link.indexOf('?'));
  for (const path of ['%2e%2e/%2e%2e/etc/passwd', '..%2f..%2fetc%2fpasswd', `${KEY}%00`, '%ff']) {
    const { status } = await ask('GET', `/objects/${path}${query}`);
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
  }
});

const wanted = { content_type: 'image/png', size_bytes: 100 };
const open = async (): Promise<UploadForm> => openForm(service, wanted);
const bytesOf = (size: number) => new Uint8Array(Buffer.alloc(size, 'x'));

test('a form takes one file of its size, once', async () => {
  const { id, upload } = await open();
  const tooMuch = await sendForm(service, upload, bytesOf(101));
  expect(refusal(tooMuch)).toEqual([413, 'upload_too_large']);
  expect((await sendForm(service, upload, bytesOf(100))).status).toBe(204);
  const twice = await sendForm(service, upload, bytesOf(100));
  expect(refusal(twice)).toEqual([409, 'already_uploaded']);
  const opened = await service.request('GET', `/v1/uploads/${id}`);
  expect(z.object({ status: z.string() }).parse(opened.json).status).toBe('created');
});

test('a form whose fields were altered is refused, and takes nothing', async () => {
  const { upload } = await open();
  const { upload: other } = await open();
  const { fields } = upload;
  const altered: readonly Readonly<Record<string, string>>[] = [
    { ...fields, key: other.fields['key'] ?? '' },
    { ...fields, 'Content-Type': 'text/html' },
    { ...fields, max_bytes: '100000' },
    { ...fields, expires: String(Number(fields['expires']) + 1) },
    { ...fields, signature: other.fields['signature'] ?? '' },
    { ...fields, another: 'field' },
    Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'signature')),
  ];
  for (const each of altered) {
    const form = { url: upload.url, fields: { ...each } };
    const refused = await sendForm(service, form, bytesOf(10));
    expect([each, ...refusal(refused)]).toEqual([each, 403, 'link_rejected']);
  }
  expect((await sendForm(service, upload, bytesOf(10))).status).toBe(204);
});

test('what is no form is refused', async () => {
  const { upload } = await open();
  const boundary = { 'content-type': 'multipart/form-data; boundary=x' };
  const bodies: readonly [string, Readonly<Record<string, string>>][] = [
    ['{}', { 'content-type': 'application/json' }],
    ['', boundary],
    ['--x\r\nnonsense', boundary],
    ['', { 'content-type': 'multipart/form-data' }],
  ];
  for (const [raw, headers] of bodies) {
    const refused = await service.request('POST', upload.url, { as: {}, raw, headers });
    expect(refusal(refused)).toEqual([400, 'malformed_form']);
  }
});

test('a file that is not what its form said is found out when it is completed', async () => {
  const { id, upload } = await open();
  await sendForm(service, upload, bytesOf(100), 'text/html');
  const completed = await service.request('POST', `/v1/uploads/${id}/complete`);
  expect(completed.status).toBe(422);
  const seen = await service.request('GET', `/v1/uploads/${id}`);
  expect(seen.json).toMatchObject({ status: 'rejected' });
});
