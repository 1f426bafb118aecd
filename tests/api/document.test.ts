import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ApiService, openService } from './service.ts';
import { walkAccount } from './walks/account.ts';
import { type Film, makeFilm, walkFilm } from './walks/film.ts';
import { walkFootage } from './walks/footage.ts';
import { walkPrivacy } from './walks/privacy.ts';
import { walkStudio } from './walks/studio.ts';
import { walkSupport } from './walks/support.ts';
import { walkVideos } from './walks/videos.ts';
import { walkWebhooks } from './walks/webhooks.ts';

/** Walks the whole API. Every answer on the way is held against the document. */

let service: ApiService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

test('the published document is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const document = z.record(z.string(), z.unknown()).parse(service.published);
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

walkAccount(() => service);
walkPrivacy(() => service);
walkSupport(() => service);
walkStudio(() => service);
walkWebhooks(() => service);
describe('videos that wait', () => walkVideos(() => service));

describe('a film', () => {
  let film: Film;
  beforeAll(async () => {
    film = await makeFilm(service);
  });
  walkFilm(
    () => service,
    () => film,
  );
  walkFootage(
    () => service,
    () => film,
  );
});

test('every operation was walked to a good answer', () => {
  const known = service.document.operations.map(({ operationId }) => operationId);
  const walked = known.filter((operationId) =>
    [...(service.answered.get(operationId) ?? [])].some((status) => status < 400),
  );
  expect(known.filter((operationId) => !walked.includes(operationId))).toEqual([]);
});
