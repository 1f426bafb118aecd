import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

const node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  enum: z.array(z.unknown()).min(1).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
  minItems: z.int().optional(),
  minimum: z.number().optional(),
});

/** Nested deeper than that, a schema is not answered to. */
const MOST_DEPTH = 12;

export function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return node.safeParse(schema).data?.properties ?? {};
}

/** A plain value that fits a schema, with `text` where text is wanted. */
export function sample(schema: JsonSchema, text: string, depth = 0): unknown {
  const read = node.safeParse(schema).data;
  if (!read || depth > MOST_DEPTH) return null;
  if (read.const !== undefined) return read.const;
  if (read.enum) return read.enum[0];
  if (read.anyOf) return sample(read.anyOf[0] ?? {}, text, depth + 1);
  const type = Array.isArray(read.type) ? read.type[0] : read.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(read.properties ?? {}).map(([name, one]) => [
          name,
          sample(one, text, depth + 1),
        ]),
      );
    case 'array':
      return Array.from({ length: Math.max(1, read.minItems ?? 1) }, () =>
        sample(read.items ?? {}, text, depth + 1),
      );
    case 'integer':
    case 'number':
      return read.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return text;
  }
}
