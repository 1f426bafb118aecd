import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkRejected } from './errors.ts';
import { makeUrlSigner } from './signed-url.ts';

const OLD = 'an old secret of sixteen';
const NEW = 'a new secret of sixteen';
const START = Date.parse('2026-01-01T00:00:00Z');

function signer(secrets = [NEW, OLD], afterSeconds = 0) {
  const now = () => new Date(START + afterSeconds * 1000);
  return makeUrlSigner({ baseUrl: 'https://media.example.org/', secrets, now });
}

/** What a route would read from the address. */
function read(link: string) {
  const url = new URL(link);
  const key = url.pathname.replace('/objects/', '');
  return { method: 'GET', key, query: Object.fromEntries(url.searchParams) };
}

const KEY = 'p/0123/film.mp4';
const GET = { seconds: 60, contentType: 'video/mp4', downloadName: 'Ünï & "co".mp4' };
const UPLOAD = { seconds: 60, contentType: 'video/mp4', maxBytes: 1000 };

describe('a signed download link', () => {
  test('allows what was signed, until it expires', () => {
    const request = read(signer().signGet(KEY, GET));
    const allowed = { key: KEY, contentType: 'video/mp4', downloadName: 'Ünï & "co".mp4' };
    expect(signer(undefined, 59).verifyGet(request)).toEqual(allowed);
    expect(() => signer(undefined, 60).verifyGet(request)).toThrow(LinkRejected);
  });

  test('is accepted under every secret and signed with the first', () => {
    const before = read(signer([OLD]).signGet(KEY, GET));
    expect(signer([NEW, OLD]).verifyGet(before).key).toBe(KEY);
    expect(() => signer([NEW]).verifyGet(before)).toThrow(LinkRejected);
    const after = read(signer([NEW, OLD]).signGet(KEY, GET));
    expect(() => signer([OLD]).verifyGet(after)).toThrow(LinkRejected);
  });

  test('is rejected when its method, key or any part of its query is changed, added or taken away', () => {
    const request = read(signer().signGet(KEY, GET));
    const rejected = (over: Partial<typeof request>) =>
      expect(() => signer().verifyGet({ ...request, ...over })).toThrow(LinkRejected);
    rejected({ method: 'PUT' });
    rejected({ method: 'POST' });
    rejected({ key: 'p/0123/other.mp4' });
    for (const name of Object.keys(request.query)) {
      const value = request.query[name] ?? '';
      const without = Object.fromEntries(Object.entries(request.query).filter(([n]) => n !== name));
      rejected({ query: without });
      rejected({ query: { ...request.query, [name]: '' } });
      rejected({ query: { ...request.query, [name]: `${value}0` } });
      rejected({ query: { ...request.query, [name]: `0${value}` } });
    }
    rejected({ query: { ...request.query, extra: '1' } });
    rejected({ query: {} });
  });

  test('cannot be turned into another by moving text between its fields', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, text, (typeA, nameA, typeB, nameB) => {
        fc.pre(typeA !== typeB || nameA !== nameB);
        const a = signer().signGet(KEY, { seconds: 9, contentType: typeA, downloadName: nameA });
        const b = signer().signGet(KEY, { seconds: 9, contentType: typeB, downloadName: nameB });
        expect(read(a).query['signature']).not.toBe(read(b).query['signature']);
      }),
    );
  });

  test('survives a reader that puts any address together, as a rejection', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.string()), (key, query) => {
        expect(() => signer().verifyGet({ method: 'GET', key, query })).toThrow(LinkRejected);
      }),
    );
  });
});

describe('a signed upload form', () => {
  test('allows its key, type and size, until it expires', () => {
    const { url, fields } = signer().signUpload(KEY, UPLOAD);
    expect(url).toBe('https://media.example.org/objects');
    const allowed = { key: KEY, contentType: 'video/mp4', maxBytes: 1000 };
    expect(signer(undefined, 59).verifyUpload({ method: 'POST', fields })).toEqual(allowed);
    const late = signer(undefined, 60);
    expect(() => late.verifyUpload({ method: 'POST', fields })).toThrow(LinkRejected);
  });

  test.each([
    ['key', 'p/0123/other.mp4'],
    ['Content-Type', 'text/html'],
    ['max_bytes', '1000000'],
    ['expires', '99999999999'],
    ['signature', 'A'.repeat(43)],
  ])('is rejected with another %s', (name, value) => {
    const { fields } = signer().signUpload(KEY, UPLOAD);
    const changed = { ...fields, [name]: value };
    expect(() => signer().verifyUpload({ method: 'POST', fields: changed })).toThrow(LinkRejected);
  });

  test('cannot be used as a download link, nor a download link as a form', () => {
    const { fields } = signer().signUpload(KEY, UPLOAD);
    const { expires = '', signature = '' } = fields;
    const query = { expires, type: 'video/mp4', signature };
    expect(() => signer().verifyGet({ method: 'GET', key: KEY, query })).toThrow(LinkRejected);
    expect(() => signer().verifyUpload({ method: 'GET', fields })).toThrow(LinkRejected);
  });
});

test('short or missing secrets are refused', () => {
  expect(() => signer([])).toThrow('signing secret');
  expect(() => signer([NEW, 'short'])).toThrow('signing secret');
});
