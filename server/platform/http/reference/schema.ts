import { z } from 'zod';

/** A JSON Schema as far as the page shows it. */
export type Schema = {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
};

export const schemaShape: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    example: z.unknown().optional(),
    examples: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    properties: z.record(z.string(), schemaShape).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schemaShape]).optional(),
    items: schemaShape.optional(),
    anyOf: z.array(schemaShape).optional(),
    oneOf: z.array(schemaShape).optional(),
  }),
);

export type Components = Readonly<Record<string, Schema>>;

/** The name of the component that a schema refers to. */
export function nameOf(schema: Schema): string | null {
  return schema.$ref?.split('/').at(-1) ?? null;
}

/** The schema itself, wherever it is written. */
export function resolve(schema: Schema, components: Components): Schema {
  const name = nameOf(schema);
  return name === null ? schema : (components[name] ?? {});
}

/** The forms that a value may have, without null. */
export function formsOf(schema: Schema): readonly Schema[] {
  return (schema.anyOf ?? schema.oneOf ?? [schema]).filter(({ type }) => type !== 'null');
}

export function mayBeNull({ type, anyOf, oneOf }: Schema): boolean {
  return (
    (Array.isArray(type) && type.includes('null')) ||
    [...(anyOf ?? []), ...(oneOf ?? [])].some((form) => form.type === 'null')
  );
}

/** What a value is, in words: `string`, `list of Scene`, `integer or null`. */
export function typeInWords(schema: Schema): string {
  const words = formsOf(schema).map(wordOf);
  return [...new Set(mayBeNull(schema) ? [...words, 'null'] : words)].join(' or ');
}

function wordOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== null) return name;
  const type = [schema.type ?? []].flat().find((one) => one !== 'null');
  if (type === 'array') return `list of ${schema.items ? plural(schema.items) : 'anything'}`;
  if (type === 'object' && !schema.properties) return 'map';
  if (type === 'string' && schema.format === 'date-time') return 'time';
  if (type === undefined) return schema.const === undefined ? 'anything' : typeof schema.const;
  return type;
}

function plural(items: Schema): string {
  const word = typeInWords(items);
  return nameOf(items) !== null || word.includes(' ') ? word : `${word}s`;
}

/** The bounds of a value, each a short phrase. */
export function boundsOf(schema: Schema): readonly string[] {
  const own = formsOf(schema).flatMap((form) => [
    ...between(form.minLength, form.maxLength, 'characters'),
    ...between(realBound(form.minimum), realBound(form.maximum), ''),
    ...between(form.minItems, form.maxItems, 'items'),
  ]);
  const { default: preset } = schema;
  return preset === undefined ? own : [...own, `default ${JSON.stringify(preset)}`];
}

/** The bounds that only say "a number that JavaScript can hold" say nothing. */
function realBound(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function between(least: number | undefined, most: number | undefined, unit: string): string[] {
  const say = (text: string) => [unit === '' ? text : `${text} ${unit}`];
  const number = (value: number) => value.toLocaleString('en');
  if (least !== undefined && least === most) return say(`exactly ${number(least)}`);
  if (least !== undefined && most !== undefined) return say(`${number(least)}–${number(most)}`);
  if (most !== undefined) return say(`at most ${number(most)}`);
  // "At least 0" and "at least 1 character" go without saying.
  return least === undefined || (unit === '' && least === 0)
    ? []
    : say(`at least ${number(least)}`);
}

/** The values to choose from, where there are few. */
export function choicesOf(schema: Schema): readonly string[] {
  return formsOf(schema).flatMap((form) => [
    ...(form.enum ?? []).map(String),
    ...(form.const === undefined ? [] : [String(form.const)]),
    ...(form.type === 'array' && form.items ? choicesOf(form.items) : []),
  ]);
}
