import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tryEndpoint } from '../../../tests/harness/http-app.ts';
import { checkAnswer } from './check-answer.ts';
import { makeOpenApiDocument } from './openapi.ts';
import { pageOf, pageQuery } from './pages.ts';

const thing = z
  .strictObject({
    id: z.string(),
    get next() {
      return thing.nullable();
    },
  })
  .meta({ id: 'Thing' });
const endpoints = [
  tryEndpoint({
    query: pageQuery,
    answers: { 200: { description: 'A page', body: pageOf(thing, 'ThingPage') } },
  }),
  tryEndpoint({
    ...{ method: 'post', operationId: 'createThing', access: 'videos:write' },
    body: z.strictObject({ name: z.string().min(1) }).meta({ id: 'CreateThing' }),
    answers: {
      201: { description: 'Made', body: thing, headers: ['Location'] },
      202: { description: 'Under way', body: thing, headers: ['Location'] },
    },
  }),
  tryEndpoint({
    ...{ path: '/v1/things/{id}', operationId: 'getThing' },
    params: z.object({ id: z.string() }),
    answers: {
      200: { description: 'The thing', body: thing, headers: ['ETag'] },
      304: { description: 'Not changed' },
    },
  }),
  tryEndpoint({
    ...{ path: '/v1/things/{id}/events', operationId: 'followThing' },
    params: z.object({ id: z.string() }),
    answers: { 200: { description: 'The stream', contentType: 'text/event-stream' } },
  }),
  tryEndpoint({ path: '/v1/health', operationId: 'health', access: 'public' }),
  tryEndpoint({ path: '/app/keys', operationId: 'listKeys', access: 'session' }),
];
const ABOUT = { title: 'Things', version: '1', serverUrl: 'https://clipt.test', description: 'D' };
const operationShape = z.looseObject({
  security: z.unknown(),
  'x-required-scope': z.string().optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
  responses: z.record(
    z.string(),
    z.looseObject({ headers: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});
const document = makeOpenApiDocument(endpoints, ABOUT);
const { paths, components } = documentShape.parse(JSON.parse(JSON.stringify(document)));
const operation = (path: string, method = 'get') => operationShape.parse(paths[path]?.[method]);

describe('the document', () => {
  test('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    const json = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(document)));
    expect(await validator.validate(json)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('names the schemas that have names, and refers to them', () => {
    const { Thing: _, ...rest } = components.schemas;
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['Thing', 'ThingPage', 'CreateThing', 'Problem']),
    );
    expect(JSON.stringify(rest)).toContain('#/components/schemas/Thing"');
  });

  test('tells who may ask', () => {
    expect(operation('/v1/things').security).toEqual([{ key: ['videos:read'] }, { session: [] }]);
    expect(operation('/v1/things')['x-required-scope']).toBe('videos:read');
    expect(operation('/v1/health').security).toEqual([]);
    expect(operation('/app/keys').security).toEqual([{ session: [] }]);
  });

  test('tells which refusals may come, and no others', () => {
    const statuses = (path: string, method?: string) =>
      Object.keys(operation(path, method).responses);
    expect(statuses('/v1/things')).toEqual(['200', '400', '401', '403', '429', 'default']);
    expect(statuses('/v1/things/{id}')).toEqual([
      ...['200', '304', '401', '403', '404', '429', 'default'],
    ]);
    expect(statuses('/v1/things', 'post')).toEqual([
      ...['201', '202', '400', '401', '403', '409', '413', '415', '422', '429', 'default'],
    ]);
    expect(statuses('/v1/health')).toEqual(['200', '429', 'default']);
  });

  test('tells the headers of answers, and the key of what is made once', () => {
    const headers = (path: string, status: string, method?: string) =>
      Object.keys(operation(path, method).responses[status]?.headers ?? {}).slice(4);
    expect(headers('/v1/things', '201', 'post')).toEqual(['Location', 'Idempotency-Replayed']);
    expect(headers('/v1/things', '202', 'post')).toEqual(['Location', 'Idempotency-Replayed']);
    expect(headers('/v1/things/{id}', '200')).toEqual(['ETag']);
    expect(headers('/v1/things/{id}', '304')).toEqual(['ETag']);
    const names = (path: string, method?: string) =>
      operation(path, method).parameters.map((parameter) => parameter.name);
    expect(names('/v1/things', 'post')).toEqual(['Idempotency-Key']);
    expect(names('/v1/things')).toEqual(['limit', 'cursor']);
    expect(names('/v1/things/{id}')).toEqual(['id']);
  });
});

describe('an answer held against its endpoint', () => {
  const [list, create, get] = endpoints;
  test('is what the endpoint documents', () => {
    const good = { data: [{ id: 'a', next: null }], next_cursor: null, has_more: false };
    expect(list && checkAnswer(list, 200, good)).toBeNull();
    expect(get && checkAnswer(get, 304, undefined)).toBeNull();
  });

  test('or is told apart from it', () => {
    expect(create && checkAnswer(create, 200, {})).toContain('not among');
    expect(create && checkAnswer(create, 201, { id: 1, next: null })).toContain(
      'createThing 201: id',
    );
    expect(get && checkAnswer(get, 200, { id: 'a', next: null, more: 1 })).toContain('more');
    expect(get && checkAnswer(get, 304, {})).toContain('a body');
  });
});
