import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../server/platform/ids.ts';
import type { Operation } from './document.ts';
import { makeGenerator, mutated, nasty } from './generate.ts';
import { type ApiService, type Ask, openService } from './service.ts';
import { first, idOf, makeCanceledVideo, openForm, pageOf } from './shapes.ts';

/**
 * Whatever is sent, the answer is a good one or a problem that tells the sender what to mend, and it comes. The harness
 * holds every answer against the document and gives up on one that does not come.
 */

const RUNS = { numRuns: 25 };
const MOST_BYTES = 1024 * 1024;

let service: ApiService;
/** Ids that are there, by what stands before them in a path. */
let ids: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  service = await openService();
  ids = await makeIds();
});

async function makeIds(): Promise<Readonly<Record<string, string>>> {
  const { id: video, scenes } = await makeCanceledVideo(service);
  const png = { content_type: 'image/png', size_bytes: 10 };
  // An account has no more than a few forms open.
  const uploads = ids['uploads'] ?? (await openForm(service, png)).id;
  const { data: events } = pageOf(await service.request('GET', `/v1/events?video_id=${video}`));
  const { data: hooks } = pageOf(await service.request('GET', '/v1/webhook-endpoints'));
  const hook = { url: 'http://127.0.0.1:9/clipt' };
  const endpoint =
    hooks[0]?.id ?? idOf(await service.request('POST', '/v1/webhook-endpoints', { body: hook }));
  const [key] = await service.clipt.keys.list(service.other.id);
  return {
    ...{ videos: video, scenes: first(scenes).id, uploads, events: first(events).id },
    ...{ 'webhook-endpoints': endpoint, keys: key?.id ?? '' },
  };
}

afterAll(() => service.close());

const operations = () => service.document.operations;
const withBody = () => operations().filter(({ requestBody }) => requestBody !== undefined);

/** An operation's path with an id that is there, or at least has the form of one. */
function pathOf({ path }: Operation): string {
  return path
    .replace('{file}', 'srt')
    .replace('{token}', 'a'.repeat(32))
    .replaceAll(
      /([\w-]+)\/\{\w+\}/g,
      (_text, name: string) => `${name}/${ids[name] ?? newId('tsk')}`,
    );
}

function askAs({ path }: Operation): Ask {
  return { as: path.startsWith('/app/') ? service.other.session : service.owner.key };
}

const refuses = (status: number) => status >= 400 && status < 500;
const answers = (status: number) => status < 500;

describe('bodies', () => {
  test('any value in place of one that belongs there is answered or refused, never a failure', async () => {
    for (const operation of withBody()) {
      // An edit may take away what the next would change.
      ids = await makeIds();
      const schema = first(Object.values(operation.requestBody?.content ?? {})).schema ?? {};
      const valuesOf = makeGenerator(service.document, Object.values(ids));
      const bodies = mutated(valuesOf(schema));
      await fc.assert(
        fc.asyncProperty(
          fc.oneof({ arbitrary: bodies, weight: 4 }, valuesOf(schema)),
          async (body) => {
            const { method } = operation;
            const reply = await service.request(method, pathOf(operation), {
              ...askAs(operation),
              body,
            });
            expect([operation.operationId, reply.status, answers(reply.status)]).toEqual([
              ...[operation.operationId, reply.status, true],
            ]);
          },
        ),
        RUNS,
      );
    }
  });

  test('what is no JSON, of another type, too large, too deep or half a character is refused', async () => {
    const json = { 'content-type': 'application/json' };
    const bad: readonly Pick<Ask, 'raw' | 'headers'>[] = [
      { raw: '{"topic": "bees"', headers: json },
      { raw: '{"topic": "bees"}x', headers: json },
      { raw: 'undefined', headers: json },
      { raw: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), headers: json },
      { raw: '{"topic": "bees"}', headers: { 'content-type': 'text/plain' } },
      { raw: '{"topic": "bees"}', headers: { 'content-type': 'multipart/form-data' } },
      { raw: 'topic=bees', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { raw: '{"topic": "bees"}', headers: { ...json, 'content-encoding': 'gzip' } },
      { raw: `"${'a'.repeat(MOST_BYTES)}"`, headers: json },
      { raw: `${'['.repeat(10_000)}${']'.repeat(10_000)}`, headers: json },
      { raw: `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, headers: json },
      { raw: '{"topic": "a\\u0000b"}', headers: json },
      { raw: '{"topic": "a\\ud800b"}', headers: json },
      { raw: '{"a\\u0000": 1}', headers: json },
    ];
    for (const operation of withBody()) {
      for (const each of bad) {
        const ask = { ...askAs(operation), ...each };
        const { status } = await service.request(operation.method, pathOf(operation), ask);
        expect([operation.operationId, status, refuses(status)]).toEqual([
          ...[operation.operationId, status, true],
        ]);
      }
    }
  });

  test('a body that is no object, or has a member that nobody knows, is refused', async () => {
    for (const operation of withBody()) {
      for (const body of [[], 'text', 5, true, null, { surplus: 1 }, { account_id: 'acc_1' }]) {
        const ask = { ...askAs(operation), body };
        const { status } = await service.request(operation.method, pathOf(operation), ask);
        expect([operation.operationId, body, status, refuses(status)]).toEqual([
          ...[operation.operationId, body, status, true],
        ]);
      }
    }
  });
});

test('ids that are none, or in another place, are those of nothing', async () => {
  const spoilers = fc.oneof(
    fc.constantFrom(
      ...['%00', '%ff', '%', '%zz', '%F0%9F', '-1', '0', 'null', '%20', '~', "'", '"', '%2e%2e%2f'],
      ...[
        'a'.repeat(4_000),
        `vid_${'0'.repeat(31)}`,
        `vid_${'g'.repeat(32)}`,
        `VID_${'0'.repeat(32)}`,
      ],
      ...[`vid_${'0'.repeat(32)}%00`, `vid_${'0'.repeat(32)}%0a`, 'vid_', '%F0%9F%8F%B4', ';', ','],
    ),
    fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => encodeURIComponent(text)),
  );
  for (const operation of operations().filter(({ path }) => path.includes('{'))) {
    const given = operation.path.split('/').filter((part) => part.startsWith('{'));
    await fc.assert(
      fc.asyncProperty(spoilers, fc.constantFrom(...given), async (spoiler, param) => {
        // A dot leads to another address.
        if (/^(?:\.|%2e){1,2}$/i.test(spoiler)) return;
        const path = pathOf({ ...operation, path: operation.path.replace(param, spoiler) });
        const { status } = await service.request(operation.method, path, askAs(operation));
        expect([operation.operationId, path, status, refuses(status)]).toEqual([
          ...[operation.operationId, path, status, true],
        ]);
      }),
      { numRuns: 15 },
    );
  }
});

test('queries that cannot be meant are refused, all others answered', async () => {
  const queries = operations().flatMap((operation) =>
    operation.parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => ({ operation, name })),
  );
  expect(queries.length).toBeGreaterThan(5);
  const refused = ['abc', '-1', '101', '1.5', 'NaN', 'Infinity', '%00', '%5B%5D', '1e400', ''];
  // A name that a client gives is any text, but not one without characters or with those that nobody sees.
  const refusedBy: Readonly<Record<string, readonly string[]>> = {
    wait: refused.filter((text) => text !== ''),
    client_key: ['', '%00', '%C3%A9', '%7F', 'a'.repeat(501)],
  };
  for (const { operation, name } of queries) {
    const path = pathOf(operation);
    for (const value of refusedBy[name] ?? refused) {
      const { status } = await service.request('GET', `${path}?${name}=${value}`, askAs(operation));
      expect([operation.operationId, name, value, refuses(status)]).toEqual([
        ...[operation.operationId, name, value, true],
      ]);
    }
    await fc.assert(
      fc.asyncProperty(nasty, async (value) => {
        const text = encodeURIComponent(String(JSON.stringify(value) ?? '').slice(0, 3_000));
        const asked = `${path}?${name}=${text}&${name}=2&__proto__=1&constructor[a]=1`;
        const { status } = await service.request('GET', asked, askAs(operation));
        expect([operation.operationId, asked, answers(status)]).toEqual([
          ...[operation.operationId, asked, true],
        ]);
      }),
      { numRuns: 20 },
    );
  }
});

test('no credential but one of ours lets anybody in', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'abcXYZ019 _-=;,./"%\\é') });
  const key = service.owner.key['authorization'] ?? '';
  const credentials = fc.oneof(
    text.map((value) => ({ authorization: `Bearer ${value}` })),
    text.map((value) => ({ authorization: value })),
    fc.nat(key.length - 1).map((at) => ({ authorization: flip(key, at) })),
    text.map((value) => ({ cookie: `clipt.session=${encodeURIComponent(value)}` })),
    text.map((value) => ({
      cookie: `clipt.session=${encodeURIComponent(value)}; clipt.session=2`,
    })),
  );
  await fc.assert(
    fc.asyncProperty(credentials, async (as) => {
      // The scheme's name may be written in any case, and nothing but the key tells who asks.
      if (Object.values(as)[0]?.toLowerCase().startsWith('bearer ') && sameKey(as, key)) return;
      const { status } = await service.request('GET', '/v1/videos', { as });
      expect([as, status]).toEqual([as, 401]);
    }),
    { numRuns: 80 },
  );
});

function flip(text: string, at: number): string {
  const other = text[at] === 'A' ? 'B' : 'A';
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
}

function sameKey(as: Readonly<Record<string, string>>, key: string): boolean {
  return as['authorization']?.split(' ').at(-1) === key.split(' ').at(-1);
}

test('headers that nobody means are answered or refused', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc09 _-=;,./"%*:W\\é'), maxLength: 300 });
  const { videos: id } = ids;
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const headers = { 'if-none-match': value, 'idempotency-key': value, accept: value };
      const got = await service.request('GET', `/v1/videos/${id}`, { headers });
      const body = { content_type: 'image/png', size_bytes: 5 };
      const posted = await service.request('POST', '/v1/uploads', { headers, body });
      expect([value, answers(got.status), answers(posted.status)]).toEqual([value, true, true]);
    }),
    RUNS,
  );
});
