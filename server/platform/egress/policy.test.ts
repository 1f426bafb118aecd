import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EgressBlocked } from './errors.ts';
import { permitFile } from './file-hosts.ts';
import { type EgressPolicy, type EgressRequest, type JsonShape, permit } from './policy.ts';

const KEYS = ['model', 'text', 'user', 'email', '__proto__', 'constructor', 'toJSON'] as const;
const key = fc.constantFrom(...KEYS);

/** Keys in braces and list marks from the top, such as `.messages[].text`. */
type Path = string;

/** Every key of a JSON text, by where it stands; read from the text that would leave, not from the value. */
function pathsOf(value: unknown, at: Path = ''): Path[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => {
    const path = `${at}.${name}`;
    return [path, ...pathsOf(below, path)];
  });
}

/** Where keys are allowed by a shape; `free` are the places below which any key is. */
function allowedBy(shape: JsonShape, at: Path = ''): { paths: Path[]; free: Path[] } {
  if (shape === true) return { paths: [], free: [at] };
  const below = Array.isArray(shape)
    ? [allowedBy(shape[0], `${at}[]`)]
    : Object.entries(shape).map(([name, value]) => {
        const inner = allowedBy(value, `${at}.${name}`);
        return { ...inner, paths: [`${at}.${name}`, ...inner.paths] };
      });
  return { paths: below.flatMap((b) => b.paths), free: below.flatMap((b) => b.free) };
}

const isAllowed = (shape: JsonShape) => {
  const { paths, free } = allowedBy(shape);
  return (path: Path) =>
    paths.includes(path) ||
    free.some((place) => path.startsWith(`${place}.`) || path.startsWith(`${place}[]`));
};

const { shape: anyShape } = fc.letrec<{ shape: JsonShape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<JsonShape>(true),
    fc.tuple(tie('shape')),
    fc.dictionary(fc.constantFrom('model', 'text', 'constructor'), tie('shape'), { maxKeys: 3 }),
  ),
}));

const { json: anyJson } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 1, 'words'),
    fc.array(tie('json'), { maxLength: 3 }),
    // Entries, so that `__proto__` is a key like any other.
    fc
      .array(fc.tuple(key, tie('json')), { maxLength: 3 })
      .map((entries): unknown => Object.fromEntries(entries)),
  ),
}));

function policyWith(route: Partial<EgressPolicy['routes'][number]>): EgressPolicy {
  return {
    vendor: 'Example',
    baseUrl: 'https://api.example.com/v3/',
    fileHosts: ['files.example.net', '*.cdn.example.net', 'odd.example.net:8443'],
    headers: ['Authorization'],
    routes: [{ method: 'POST', path: '/tasks/{id}/parts', ...route }],
  };
}

function send(policy: EgressPolicy, request: Partial<EgressRequest>) {
  return permit(policy, {
    method: 'POST',
    path: '/tasks/{id}/parts',
    params: { id: 'one' },
    ...request,
  });
}

describe('a request', () => {
  test('leaves with no key that its shape does not list, at any depth', () => {
    let left = 0;
    fc.assert(
      fc.property(anyShape, anyJson, (shape, json) => {
        try {
          const { json: text } = send(policyWith({ json: shape }), { json });
          expect(pathsOf(JSON.parse(text ?? '')).filter((p) => !isAllowed(shape)(p))).toEqual([]);
          left += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(EgressBlocked);
        }
      }),
      { numRuns: 2_000 },
    );
    // The property would hold for a guard that lets nothing out.
    expect(left).toBeGreaterThan(200);
  });

  test('leaves when it holds only what is listed', () => {
    const policy = policyWith({
      json: { model: true, content: [{ text: true }] },
      query: ['page'],
    });
    const sent = send(policy, {
      query: [['page', 'a b&c=d']],
      headers: { authorization: 'Bearer key' },
      json: { model: { any: ['thing'] }, content: [{ text: 'hi' }, null], left: undefined },
    });
    expect(sent.url.href).toBe('https://api.example.com/v3/tasks/one/parts?page=a+b%26c%3Dd');
    expect(sent.json).toBe('{"model":{"any":["thing"]},"content":[{"text":"hi"},null]}');
  });

  test('is checked as it is written, not as it looks before', () => {
    const policy = policyWith({ json: { text: true } });
    const disguised = { text: 'fine', toJSON: () => ({ text: 'fine', email: 'canary' }) };
    expect(() => send(policy, { json: disguised })).toThrow(EgressBlocked);
    let reads = 0;
    const changing = {
      get text() {
        reads += 1;
        return reads === 1 ? 'fine' : { email: 'canary' };
      },
    };
    expect(send(policy, { json: changing }).json).toBe('{"text":"fine"}');
  });

  test('may be lines of JSON, as many as are listed, each held to its own shape', () => {
    const policy = policyWith({ lines: [{ id: true }, { text: true }], linesType: 'text/lines' });
    expect(send(policy, { lines: [{ id: 1 }, { text: 'a\nb' }] }).lines).toEqual({
      ...{ type: 'text/lines', text: '{"id":1}\n{"text":"a\\nb"}' },
    });
    for (const lines of [
      ...[[], [{ id: 1 }], [{ id: 1 }, { id: 1 }], [{ text: 'x' }, { id: 1 }]],
      ...[
        [{ id: 1 }, { text: 'x' }, { text: 'x' }],
        [{ id: 1 }, undefined],
      ],
    ]) {
      expect(() => send(policy, { lines })).toThrow(EgressBlocked);
    }
  });

  test.each<[string, Partial<EgressRequest>]>([
    ['another method', { method: 'GET' }],
    ['another path', { path: '/tasks' }],
    ['a missing parameter', { params: {} }],
    ['an empty parameter', { params: { id: '' } }],
    ['a parameter that climbs', { params: { id: '..' } }],
    ['an unknown parameter', { params: { id: 'one', other: 'two' } }],
    ['a query parameter', { query: [['user', 'canary']] }],
    ['a header', { headers: { 'x-user': 'canary' } }],
    ['a header that holds two lines', { headers: { authorization: 'key\r\nx-user: canary' } }],
    ['a JSON body where none belongs', { json: { text: 'canary' } }],
    ['a JSON body that is no JSON', { json: () => 'canary' }],
    ['lines where none belong', { lines: [{ text: 'canary' }] }],
    ['no lines where none belong', { lines: [] }],
    ['a form where none belongs', { form: formOf({ user: 'canary' }) }],
    ['two bodies', { form: formOf({}), json: {} }],
  ])('with %s is stopped, naming the vendor and nothing else', (_what, request) => {
    const stopped = caught(() => send(policyWith({}), request));
    expect(stopped).toMatchObject({ code: 'egress_blocked', kind: 'internal', retryable: false });
    expect(`${stopped?.message} ${stopped?.action}`).toContain('Example');
    expect(`${stopped?.message} ${stopped?.action}`).not.toMatch(/canary|user/);
  });

  test('puts a parameter into one segment, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        if (/^\.{1,2}$/.test(id)) return;
        const { url } = send(policyWith({}), { params: { id } });
        const [, before, part, after, ...rest] = url.pathname.slice('/v3'.length).split('/');
        expect([before, after, rest]).toEqual(['tasks', 'parts', []]);
        expect(decodeURIComponent(part ?? '')).toBe(id);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });
});

describe('a file', () => {
  const policy = policyWith({});

  test.each([
    'https://files.example.net/a.mp4?sig=1',
    'https://a.cdn.example.net/x',
    'https://a.b.cdn.example.net:443/x',
    'https://odd.example.net:8443/x',
    'https://api.example.com/x',
    'https://FILES.example.net/x',
  ])('may be had at %s', (address) => {
    expect(permitFile(policy, address).protocol).toBe('https:');
  });

  test.each([
    'http://files.example.net/a.mp4',
    'https://files.example.net.evil.org/x',
    'https://evil.org/files.example.net',
    'https://cdn.example.net/x',
    'https://evilcdn.example.net/x',
    'https://.cdn.example.net/x',
    'https://files.example.net:8443/x',
    'https://odd.example.net/x',
    'https://user@files.example.net/x',
    'https://files.example.net@evil.org/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://2130706433/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'not an address',
  ])('is refused at %s', (address) => {
    expect(() => permitFile(policy, address)).toThrow(EgressBlocked);
  });

  test('may come by plain http only beside a base URL that is', () => {
    const local = { ...policy, baseUrl: 'http://127.0.0.1:8080/v3' };
    expect(permitFile(local, 'http://127.0.0.1:8080/file').port).toBe('8080');
    expect(() => permitFile(local, 'http://127.0.0.1:8081/file')).toThrow(EgressBlocked);
  });
});

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

function caught(work: () => unknown): EgressBlocked | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof EgressBlocked) return error;
    throw error;
  }
}
