import { z } from 'zod';
import type { OpenApiDocument } from '../openapi.ts';
import { makeExamples } from './example.ts';
import { type Components, type Schema, schemaShape } from './schema.ts';

const mediaShape = z.object({ schema: schemaShape.optional() });
const contentShape = z.record(z.string(), mediaShape).default({});
const responseShape = z.object({
  $ref: z.string().optional(),
  description: z.string().default(''),
  headers: z.record(z.string(), z.unknown()).default({}),
  content: contentShape,
});
const operationShape = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().default(''),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.unknown())).default([]),
  'x-required-scope': z.string().optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().optional(),
        schema: schemaShape.default({}),
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean().default(false), content: contentShape }).optional(),
  responses: z.record(z.string(), responseShape),
});
const documentShape = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string().default('') }),
  servers: z.array(z.object({ url: z.string() })).min(1),
  tags: z.array(z.object({ name: z.string(), description: z.string().optional() })),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({
    schemas: z.record(z.string(), schemaShape).default({}),
    responses: z.record(z.string(), responseShape).default({}),
  }),
});

export type Parameter = z.infer<typeof operationShape>['parameters'][number];

export type AnswerView = {
  readonly status: string;
  readonly description: string;
  readonly type: string | null;
  readonly schema: Schema | null;
  /** Beyond those that every answer has. */
  readonly headers: readonly string[];
};

export type OperationView = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Who may ask: a key with this scope, or nobody but a session, or anybody. */
  readonly access: { readonly scope: string } | 'session' | 'public';
  readonly parameters: readonly Parameter[];
  readonly body: {
    readonly type: string;
    readonly schema: Schema;
    readonly required: boolean;
  } | null;
  readonly answers: readonly AnswerView[];
  readonly refusals: readonly { readonly status: string; readonly description: string }[];
};

export type DocumentView = Pick<z.infer<typeof documentShape>, 'info' | 'tags'> & {
  readonly serverUrl: string;
  readonly operations: readonly OperationView[];
  readonly components: Components;
  /** A value that a schema describes. */
  readonly exampleOf: ReturnType<typeof makeExamples>;
};

const EVERYWHERE = /^(?:X-Request-Id|RateLimit-.*|Idempotency-Replayed)$/;

/** An OpenAPI document as the page shows it. */
export function viewDocument(document: OpenApiDocument): DocumentView {
  // What is published is JSON: nothing else may show up here.
  const read = documentShape.parse(JSON.parse(JSON.stringify(document)));
  const { info, tags, servers, paths, components } = read;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => view(method, path, operation)),
  );
  const serverUrl = servers[0]?.url.replace(/\/+$/, '') ?? '';
  const exampleOf = makeExamples(components.schemas);
  return { info, tags, serverUrl, operations, components: components.schemas, exampleOf };

  function view(method: string, path: string, operation: z.infer<typeof operationShape>) {
    const { operationId: id, summary, description, tags, parameters, requestBody } = operation;
    const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const all = Object.entries(operation.responses).map(([status, response]) => {
      const named = response.$ref?.split('/').at(-1);
      return { status, response: named ? (components.responses[named] ?? response) : response };
    });
    return {
      ...{ id, method, path, summary, description, parameters },
      tag: tags[0] ?? '',
      access: accessOf(operation),
      body:
        type !== undefined && media?.schema
          ? { type, schema: media.schema, required: requestBody?.required ?? false }
          : null,
      answers: all
        .filter(({ status }) => Number(status) < 400)
        .map(({ status, response }) => {
          const [kind, content] = Object.entries(response.content)[0] ?? [];
          return {
            status,
            description: response.description,
            type: kind ?? null,
            schema: content?.schema ?? null,
            headers: Object.keys(response.headers).filter((name) => !EVERYWHERE.test(name)),
          };
        }),
      refusals: all
        .filter(({ status }) => Number(status) >= 400)
        .map(({ status, response: { description } }) => ({ status, description })),
    };
  }
}

function accessOf(operation: z.infer<typeof operationShape>): OperationView['access'] {
  const scope = operation['x-required-scope'];
  if (scope !== undefined) return { scope };
  return operation.security.length > 0 ? 'session' : 'public';
}
