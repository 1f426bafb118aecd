import { z } from 'zod';

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  pattern: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
});
export const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z
          .object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) })
          .optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
export type ApiDocument = z.infer<typeof documentShape>;

/** Every field of a request body that takes any text, such as `POST /v1/videos scenes[].visual`. */
export function freeTextFields({ paths, components }: ApiDocument): readonly string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) =>
      Object.values(requestBody?.content ?? {})
        .flatMap(({ schema }) => [...textsOf(schema, '')])
        .map((field) => `${method.toUpperCase()} ${path} ${field}`),
    ),
  );

  function* textsOf(schema: unknown, at: string): Generator<string> {
    const read = schemaShape.safeParse(schema).data;
    if (!read) return;
    const named = read.$ref?.replace('#/components/schemas/', '');
    if (named !== undefined) yield* textsOf(components.schemas[named], at);
    for (const one of [read.anyOf, read.oneOf, read.allOf].flatMap((some) => some ?? [])) {
      yield* textsOf(one, at);
    }
    for (const [name, one] of Object.entries(read.properties ?? {})) {
      yield* textsOf(one, at === '' ? name : `${at}.${name}`);
    }
    yield* textsOf(read.items, `${at}[]`);
    yield* textsOf(read.additionalProperties, `${at}.*`);
    // Ids have a pattern that holds their prefix.
    const isId = /^\^\w{3}_/.test(read.pattern ?? '');
    const isText = [read.type].flat().includes('string') && !read.enum && read.const === undefined;
    if (isText && !isId) yield at;
  }
}
