import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import type { Endpoint } from './endpoint.ts';

/** Every refusal of the API (RFC 9457). Some carry more, such as `needed` and `balance`. */
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable; act on this' }),
    request_id: z.string(),
    retryable: z.boolean(),
    action: z.string().nullable().meta({ description: 'What to do about it' }),
    errors: z.array(z.strictObject({ location: z.string(), message: z.string(), fix: z.string() })),
  })
  .meta({ id: 'Problem' });

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
  const takesKey = endpoint.method === 'post' && endpoint.idempotent !== false;
  const scope = access === 'public' || access === 'session' ? null : access;
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
      ...(takesKey ? { header: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { [endpoint.bodyType ?? 'application/json']: { schema: body } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(endpoint.answers).map(([status, answer]) => [
          status,
          {
            description: answer.description,
            ...(answer.body === undefined
              ? {}
              : {
                  content: { [answer.contentType ?? 'application/json']: { schema: answer.body } },
                }),
          },
        ]),
      ),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  };
}

function securityOf(access: Endpoint['access']) {
  if (access === 'public') return [];
  return access === 'session' ? [{ session: [] }] : [{ key: [] }, { session: [] }];
}
