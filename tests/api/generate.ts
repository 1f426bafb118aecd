import fc from 'fast-check';
import { z } from 'zod';
import type { ApiDocument } from './document.ts';

const schemaParts = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  minItems: z.number().optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  required: z.array(z.string()).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
});

const words = fc.constantFrom(
  'bees',
  'en',
  'a calm sea',
  'Größe',
  'שלום',
  '日本',
  '👩‍👩‍👧 go',
  'a\nb',
);

/** Values that a schema of the document is for; strings with a pattern come from `known` where one fits. */
export function makeGenerator(document: ApiDocument, known: readonly string[]) {
  return function valuesOf(schema: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
    const parts = schemaParts.parse(document.follow(schema));
    const choices = parts.anyOf ?? parts.oneOf;
    if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice)));
    if (parts.enum) return fc.constantFrom(...parts.enum);
    if (parts.const !== undefined) return fc.constant(parts.const);
    switch (Array.isArray(parts.type) ? parts.type[0] : parts.type) {
      case 'string':
        return texts(parts);
      case 'integer':
        return fc.integer({ min: parts.minimum ?? 0, max: Math.min(parts.maximum ?? 999, 1_000) });
      case 'number':
        return fc.integer({ min: parts.minimum ?? 0, max: parts.maximum ?? 999 });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(valuesOf(parts.items ?? {}), {
          minLength: parts.minItems ?? 0,
          maxLength: Math.max(3, parts.minItems ?? 0),
        });
      case 'object':
        return objects(parts);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  };

  function texts({ pattern, format, minLength = 0, maxLength = 80 }: z.infer<typeof schemaParts>) {
    if (format === 'date-time')
      return fc.constantFrom('2026-11-26T10:00:00Z', '2027-01-01T00:00:00Z');
    if (pattern !== undefined) {
      const fits = known.filter((text) => new RegExp(pattern, 'u').test(text));
      if (fits.length > 0) return fc.constantFrom(...fits);
    }
    const fitting = words.filter((text) => text.length >= minLength && text.length <= maxLength);
    return maxLength < 2 ? fc.string({ minLength, maxLength }) : fitting;
  }

  function objects({ properties = {}, required = [] }: z.infer<typeof schemaParts>) {
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [
        name,
        makeGenerator(document, known)(schema),
      ]),
    );
    return fc.record(fields, { requiredKeys: required });
  }
}

/** Values that nobody expects. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      null,
      true,
      0,
      -1,
      -0.5,
      1e308,
      -1e308,
      2 ** 53,
      1e-300,
      4_294_967_296,
      '',
      ' ',
      '\0',
      'a\0b',
    ],
    ...[
      '\ud800',
      'a\udfff',
      '\u202e',
      '\ufeff',
      '\u0007',
      '\u2028',
      'NaN',
      'null',
      '-1',
      '../../etc',
    ],
    ...["'; drop table videos; --", '%00', '{{7*7}}', '__proto__', 'constructor', '🏴'],
    ...[
      'a'.repeat(70_000),
      '👩'.repeat(600),
      'upl_',
      `upl_${'0'.repeat(32)}`,
      `vid_${'G'.repeat(32)}`,
    ],
    ...[[], {}, [[]], [null], [[[[[]]]]], Array(1_000).fill('x'), Array(101).fill({}), nested(60)],
    ...[{ toString: 1 }, { length: 1e9 }, JSON.parse('{"__proto__": {"a": 1}}')],
  ),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  fc.double(),
);

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)];
}

/** A value with one place in it changed: replaced, removed or added to. */
export function mutated(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), nasty, fc.constantFrom('replace', 'remove', 'add' as const))
    .map(([value, at, spoiler, how]) => {
      const places = placesIn(value);
      const place = places[at % places.length] ?? [];
      return change(value, place, spoiler, how);
    });
}

type Place = readonly string[];

function placesIn(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, each]) => placesIn(each, [...at, key]));
  return [at, ...inner];
}

function change(value: unknown, place: Place, spoiler: unknown, how: string): unknown {
  const [key, ...rest] = place;
  if (key === undefined) {
    if (how === 'add' && isPlain(value)) return { ...value, surplus: spoiler };
    return how === 'add' && Array.isArray(value) ? [...value, spoiler] : spoiler;
  }
  if (typeof value !== 'object' || value === null) return spoiler;
  const entries = Object.entries(value).flatMap(([name, each]) => {
    if (name !== key) return [[name, each] as const];
    if (how === 'remove' && rest.length === 0) return [];
    return [[name, change(each, rest, spoiler, how)] as const];
  });
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
