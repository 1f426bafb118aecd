import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeTestApp, serveTestApp } from '../../../tests/harness/http-app.ts';
import type { Listening } from '../http/listen.ts';
import { makeFolderStore } from './folder.ts';
import { makeObjectRoutes } from './routes.ts';

const KEY = 'p/0123/film.mp4';
const BYTES = Buffer.from('0123456789');
const problem = z.looseObject({ code: z.string(), status: z.number(), request_id: z.string() });

let folder: string;
let store: ReturnType<typeof makeFolderStore>;
let listening: Listening;
let at = Date.parse('2026-01-01T00:00:00Z');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-object-routes-'));
  const now = () => new Date(at);
  const makeStore = (baseUrl: string) =>
    makeFolderStore({ root: folder, baseUrl, secrets: ['a secret of enough length'], now });
  const { signer } = makeStore('');
  const routes = makeObjectRoutes({ store: makeStore(''), signer, now });
  listening = await serveTestApp(makeTestApp({ extraRoutes: [routes] }));
  store = makeStore(listening.url);
  await store.put(KEY, BYTES, { contentType: 'video/mp4' });
});
afterAll(async () => {
  await listening.drain(0);
  await rm(folder, { recursive: true, force: true });
});

async function link(options: Partial<Parameters<typeof store.signedGet>[1]> = {}) {
  return await store.signedGet(KEY, { seconds: 60, ...options });
}

async function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(url, { method, headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe('a signed address', () => {
  test('answers the file with the type and name that were signed, kept no longer than the link', async () => {
    const { status, headers, text } = await get(
      await link({ contentType: 'video/webm', downloadName: 'Ünï.mp4' }),
    );
    expect({ status, text }).toEqual({ status: 200, text: '0123456789' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=60',
      'content-disposition': `attachment; filename="_n_.mp4"; filename*=UTF-8''%C3%9Cn%C3%AF.mp4`,
      'content-length': '10',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-type': 'video/webm',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect((await get(await link())).headers.get('content-type')).toBe('video/mp4');
  });

  test('answers HEAD with what GET would say of the whole file', async () => {
    const { status, headers, text } = await get(await link(), { range: 'bytes=2-4' }, 'HEAD');
    expect({ status, text, length: headers.get('content-length') }).toEqual({
      status: 200,
      text: '',
      length: '10',
    });
  });

  test.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-9', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['bytes=5-2', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['bytes=a-b', 200, '0123456789', null],
    ['pages=1-2', 200, '0123456789', null],
  ])('takes the range %s', async (range, status, text, contentRange) => {
    const answer = await get(await link(), { range });
    expect({ ...answer, headers: answer.headers.get('content-range') }).toEqual({
      status,
      text,
      headers: contentRange,
    });
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])(
    'refuses the range %s as outside the file',
    async (range) => {
      const { status, headers, text } = await get(await link(), { range });
      expect(status).toBe(416);
      expect(headers.get('content-range')).toBe('bytes */10');
      expect(problem.parse(JSON.parse(text)).code).toBe('range_not_satisfiable');
    },
  );

  test('goes on with a range only of the same version, and sends nothing that is known', async () => {
    const first = await get(await link());
    const etag = first.headers.get('etag') ?? '';
    const range = 'bytes=8-';
    expect((await get(await link(), { range, 'if-range': etag })).text).toBe('89');
    expect((await get(await link(), { range, 'if-range': '"other"' })).text).toBe('0123456789');
    const known = await get(await link(), { 'if-none-match': etag });
    expect({ status: known.status, text: known.text }).toEqual({ status: 304, text: '' });
    await store.put(KEY, Buffer.from('9876543210'), { contentType: 'video/mp4' });
    const changed = await get(await link(), { range, 'if-range': etag });
    expect({ status: changed.status, text: changed.text }).toEqual({
      status: 200,
      text: '9876543210',
    });
    await store.put(KEY, BYTES, { contentType: 'video/mp4' });
  });

  test('answers large files whole, and an empty one', async () => {
    const large = Buffer.alloc(3_000_001, 'film');
    await store.put('p/large', large, { contentType: 'video/mp4' });
    const answer = await fetch(await store.signedGet('p/large', { seconds: 60 }));
    expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
    await store.put('p/empty', Buffer.alloc(0), { contentType: 'text/plain' });
    const empty = await store.signedGet('p/empty', { seconds: 60 });
    expect(await get(empty)).toMatchObject({ status: 200, text: '' });
    expect(await get(empty, { range: 'bytes=0-' })).toMatchObject({ status: 416 });
  });

  test('is refused once it has expired, and for what is gone', async () => {
    const url = await link();
    at += 60_000;
    const { status, headers, text } = await get(url);
    at -= 60_000;
    expect(status).toBe(403);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(problem.parse(JSON.parse(text)).code).toBe('link_rejected');
    const gone = await get(await store.signedGet('p/none', { seconds: 60 }));
    expect(problem.parse(JSON.parse(gone.text))).toMatchObject({
      status: 404,
      code: 'object_not_found',
    });
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is refused with %s', async (method) => {
    const { status, text } = await get(await link(), {}, method);
    expect(status).toBe(403);
    expect(problem.parse(JSON.parse(text)).code).toBe('link_rejected');
  });

  test('is refused when any one letter of it is changed', async () => {
    const url = await link({ contentType: 'video/mp4', downloadName: 'a b/ü.mp4' });
    const start = listening.url.length + '/objects/'.length;
    const letter = fc.constantFrom(...'abzAZ059-_.%+&=/~!');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: url.length - 1 }), letter, async (i, put) => {
        const from = url[i] ?? '';
        // Also the same letter in its other case, which some parts of an address do not tell apart.
        const swapped = from === from.toLowerCase() ? from.toUpperCase() : from.toLowerCase();
        for (const to of new Set([put, swapped])) {
          if (to === from) continue;
          const { status } = await get(url.slice(0, i) + to + url.slice(i + 1));
          expect({ to, i, status }).toEqual({ to, i, status: 403 });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is refused with the signature spelled otherwise, a doubled field, or an encoded key', async () => {
    const url = await link();
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = letters.indexOf(url.at(-1) ?? '');
    for (const other of [last ^ 1, last ^ 2, last ^ 3]) {
      expect((await get(url.slice(0, -1) + letters[other])).status).toBe(403);
    }
    expect((await get(`${url}&expires=99999999999`)).status).toBe(403);
    expect((await get(url.replace('film', '%66ilm'))).status).toBe(403);
    expect((await get(url.replace('film', '%2566ilm'))).status).toBe(403);
  });
});

type Part = { readonly name: string; readonly value: string | Buffer; readonly isFile?: boolean };

/** Posts a form as it stands, so that its order and its end can be broken. */
async function post(parts: readonly Part[], { cut = false } = {}) {
  const boundary = 'x-clipt-boundary';
  const chunks = parts.flatMap(({ name, value, isFile }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="a.mp4"\r\nContent-Type: text/html' : ''}\r\n\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...chunks, Buffer.from(cut ? '' : `--${boundary}--\r\n`)]);
  const sent = httpRequest(`${listening.url}/objects`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  const answer = Promise.withResolvers<{ status: number; text: string }>();
  sent.on('response', (response) => {
    text(response).then((body) => answer.resolve({ status: response.statusCode ?? 0, text: body }));
  });
  sent.on('error', answer.reject);
  Readable.from([body]).pipe(sent);
  return await answer.promise;
}

async function form(key: string, maxBytes = 100) {
  const { fields } = await store.signedUpload(key, {
    seconds: 60,
    contentType: 'video/mp4',
    maxBytes,
  });
  return Object.entries(fields).map(([name, value]) => ({ name, value }));
}

const file = (value: string | Buffer) => ({ name: 'file', value, isFile: true });
const code = ({ text }: { text: string }) => problem.parse(JSON.parse(text)).code;
const unfinished = () => readdir(join(folder, 'unfinished'));

describe('a signed form', () => {
  test('stores the file under its key with its type, whatever the file calls itself', async () => {
    const answer = await post([...(await form('q/one')), file('my footage')]);
    expect(answer).toEqual({ status: 204, text: '' });
    expect(await store.head('q/one')).toEqual({
      key: 'q/one',
      sizeBytes: 10,
      contentType: 'video/mp4',
    });
  });

  test('takes a file of exactly the size allowed, and not a byte more', async () => {
    const large = Buffer.alloc(2_000_000, 'x');
    const exact = await post([...(await form('q/exact', large.length)), file(large)]);
    expect(exact.status).toBe(204);
    const over = await post([...(await form('q/over', large.length - 1)), file(large)]);
    expect({ status: over.status, code: code(over) }).toEqual({
      status: 413,
      code: 'upload_too_large',
    });
    expect(await store.head('q/over')).toBeNull();
    await expect.poll(unfinished).toEqual([]);
  });

  test('is taken once', async () => {
    const fields = await form('q/once');
    expect((await post([...fields, file('first')])).status).toBe(204);
    const again = await post([...fields, file('second')]);
    expect({ status: again.status, code: code(again) }).toEqual({
      status: 409,
      code: 'already_uploaded',
    });
    expect((await store.head('q/once'))?.sizeBytes).toBe(5);
  });

  test('is taken once of twenty at the same time', async () => {
    const fields = await form('q/race');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => post([...fields, file(`file ${i}`)])),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([204, ...Array.from({ length: 19 }, () => 409)]);
  });

  test('is refused with any field changed, missing or added, or the file first', async () => {
    const fields = await form('q/altered');
    const refused = async (parts: readonly Part[]) =>
      expect(code(await post(parts))).toBe('link_rejected');
    for (const { name, value } of fields) {
      const others = fields.filter((field) => field.name !== name);
      await refused([...others, file('x')]);
      await refused([...others, { name, value: `${value}0` }, file('x')]);
    }
    await refused([...fields, { name: 'extra', value: '1' }, file('x')]);
    await refused([file('x'), ...fields]);
    at += 60_000;
    await refused([...fields, file('x')]);
    at -= 60_000;
    expect(await store.head('q/altered')).toBeNull();
  });

  test('stores nothing of a form that is no form, has no file, or breaks off', async () => {
    const fields = await form('q/cut');
    expect(code(await post(fields))).toBe('malformed_form');
    const cut = await post([...fields, file('half')], { cut: true });
    expect({ status: cut.status, code: code(cut) }).toEqual({
      status: 400,
      code: 'malformed_form',
    });
    const json = await fetch(`${listening.url}/objects`, { method: 'POST', body: '{}' });
    expect(json.status).toBe(400);
    const noBoundary = await fetch(`${listening.url}/objects`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data' },
      body: 'x',
    });
    expect(noBoundary.status).toBe(400);
    expect(await store.head('q/cut')).toBeNull();
  });

  test('leaves nothing behind when its sender goes away in the middle', async () => {
    const fields = await form('q/gone', 10_000_000);
    const boundary = 'b';
    const sent = httpRequest(`${listening.url}/objects`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    });
    sent.on('error', () => undefined);
    for (const { name, value } of fields) {
      sent.write(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
    }
    sent.write(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`,
    );
    sent.write(Buffer.alloc(200_000));
    await expect.poll(unfinished).toHaveLength(1);
    sent.destroy();
    await expect.poll(unfinished).toEqual([]);
    expect(await store.head('q/gone')).toBeNull();
  });
});
