import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { type DocumentedAnswer, type Endpoint, SCOPES, type Scope } from './endpoint.ts';
import {
  headerComponents,
  headersOf,
  problemResponses,
  refusalsOf,
  takesIdempotencyKey,
} from './openapi-common.ts';

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'The same key and body get the first answer again, for 24 hours' });

export type OpenApiInfo = {
  readonly title: string;
  readonly version: string;
  readonly serverUrl: string;
  readonly description: string;
};

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI 3.1 document of these operations, from the very schemas that validate. */
export function makeOpenApiDocument(
  endpoints: readonly Endpoint[],
  { title, version, serverUrl, description }: OpenApiInfo,
): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: describe(endpoint) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title,
      version,
      description,
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      headers: headerComponents,
      responses: problemResponses,
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key (`clipt_live_…`)' },
        session: { type: 'apiKey', in: 'cookie', name: 'clipt.session' },
      },
    },
  };
  return createDocument(document);
}

function describe(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { access, params, query, body } = endpoint;
  const scope = isScope(access) ? access : null;
  return {
    operationId: endpoint.operationId,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    security: securityOf(access),
    ...(scope === null ? {} : { 'x-required-scope': scope }),
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(takesIdempotencyKey(endpoint)
        ? { header: z.object({ 'Idempotency-Key': idempotencyKey }) }
        : {}),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { [endpoint.bodyType ?? 'application/json']: { schema: body } },
          },
        }),
    responses: { ...answersOf(endpoint), ...refusalsOf(endpoint) },
  };
}

function answersOf(endpoint: Endpoint) {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        headers: headersOf(endpoint, Number(status), answer),
        ...contentOf(answer),
      },
    ]),
  );
}

function contentOf({ body, contentType = 'application/json' }: DocumentedAnswer) {
  if (body !== undefined) return { content: { [contentType]: { schema: body } } };
  // A stream or a file: its type is all that can be told.
  return contentType === 'application/json' ? {} : { content: { [contentType]: {} } };
}

function securityOf(access: Endpoint['access']) {
  if (access === 'public') return [];
  return isScope(access) ? [{ key: [access] }, { session: [] }] : [{ session: [] }];
}

function isScope(access: Endpoint['access']): access is Scope {
  return SCOPES.some((scope) => scope === access);
}
