import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';

const schemaObject = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: schemaObject.optional() }));

const operationShape = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']) }))
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      content: content.optional(),
      headers: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

const documentShape = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({ schemas: z.record(z.string(), schemaObject) }),
});

/** One operation as the document tells of it. */
export type Operation = z.infer<typeof operationShape> & {
  /** In capitals. */
  readonly method: string;
  /** Such as `/v1/videos/{id}`. */
  readonly path: string;
};

export type ApiDocument = ReturnType<typeof readDocument>;

/** An OpenAPI document as something to hold answers against: its own schemas, compiled as they are first needed. */
export function readDocument(json: unknown) {
  const { paths, components } = documentShape.parse(json);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const compiled = new Map<AnySchemaObject, ValidateFunction>();
  const operations: readonly Operation[] = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
  const patterns = operations.map((operation) => ({
    operation,
    pattern: patternOf(operation.path),
  }));

  return {
    operations,

    /** The operation that a request is of. HEAD is GET without its body. */
    find(method: string, pathname: string): Operation | undefined {
      const wanted = method === 'HEAD' ? 'GET' : method;
      return patterns.find(
        ({ operation, pattern }) => operation.method === wanted && pattern.test(pathname),
      )?.operation;
    },

    /** What is wrong with a value that should be as a schema of the document tells; nothing for one that fits. */
    faultsOf(schema: AnySchemaObject, value: unknown): string {
      const validate = compiled.get(schema) ?? ajv.compile({ allOf: [schema], components });
      compiled.set(schema, validate);
      return validate(value) ? '' : ajv.errorsText(validate.errors);
    },

    /** A reference to a component, followed; any other schema as it is. */
    follow(schema: AnySchemaObject): AnySchemaObject {
      const reference: unknown = schema['$ref'];
      if (typeof reference !== 'string') return schema;
      const found = components.schemas[reference.replace('#/components/schemas/', '')];
      if (!found) throw new Error(`The document has no ${reference}.`);
      return found;
    },
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
