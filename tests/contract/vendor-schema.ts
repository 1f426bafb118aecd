import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';
import type { JournalEntry } from '../../stand-ins/journal.ts';

/** Descriptions of the vendors' interfaces, kept beside the project; without them there is nothing to hold to. */
const FOLDER = join(import.meta.dirname, '../../../shared/vendors/openapi');
const FILES = {
  openai: 'openai.reduced.json',
  elevenlabs: 'elevenlabs.reduced.json',
  resend: 'resend.reduced.json',
} as const;
export type DescribedVendor = keyof typeof FILES;

export const hasVendorSchemas = Object.values(FILES).every((file) =>
  existsSync(join(FOLDER, file)),
);

type Node = Readonly<Record<string, unknown>>;
const node = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: node }));
const operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), schema: node })).default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});
const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), node) }),
});

/** Requests and answers of a vendor, held to its own description. Throws an Error that says what does not fit. */
export type VendorSchema = {
  /** `path` is below the base URL, without a query. Fields and parameters that are not described do not fit. */
  assertRequest(entry: JournalEntry, path: string): void;
  /** `json` is the answer with that status. */
  assertAnswer(method: string, path: string, status: number, json: unknown): void;
  /** Holds a value to one of the described shapes. */
  assertShape(name: string, json: unknown): void;
};

export function loadVendorSchema(vendor: DescribedVendor): VendorSchema {
  const text = readFileSync(join(FOLDER, FILES[vendor]), 'utf8');
  const { paths, components } = description.parse(nullsAllowed(JSON.parse(text)));
  const makeAjv = (coerceTypes: boolean) => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes });
    formats.default(ajv);
    for (const format of ['binary', 'unixtime']) ajv.addFormat(format, true);
    return ajv.addSchema({ $id: 'vendor', components });
  };
  const plain = makeAjv(false);
  /** Texts of a form or a query are what they can be read as. */
  const lenient = makeAjv(true);
  const shape = (schema: Node) => plain.compile(anchored(schema));

  function find(method: string, path: string) {
    for (const [pattern, operations] of Object.entries(paths)) {
      const expression = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      const found = operations[method.toLowerCase()];
      if (expression.test(path) && found !== undefined) return operation.parse(found);
    }
    throw new Error(`${method} ${path} is not described.`);
  }

  function assertJson(json: unknown, schema: Node): void {
    hold(shape(schema), json, 'The body');
    const known = Object.keys(propertiesOf(schema, components.schemas));
    const unknown = Object.keys(node.parse(json)).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`Not described: ${unknown.join(', ')}`);
  }

  return {
    assertRequest({ method, path: called, body }, path) {
      const { parameters, requestBody } = find(method, path);
      const [, query = ''] = called.split('?');
      for (const [name, value] of new URLSearchParams(query)) {
        const described = parameters.find((one) => one.in === 'query' && one.name === name);
        if (!described) throw new Error(`The parameter ${name} is not described.`);
        hold(lenient.compile(anchored(described.schema)), { value }.value, name);
      }
      const json = requestBody?.content['application/json'];
      const form = requestBody?.content['multipart/form-data'];
      if (body.kind === 'json' && json) return assertJson(body.value, json.schema);
      if (body.kind === 'form' && form) {
        const names = new Set(Object.keys(propertiesOf(form.schema, components.schemas)));
        return hold(lenient.compile(anchored(form.schema)), objectOf(body, names), 'The form');
      }
      if (body.kind !== 'none' || requestBody) throw new Error(`No ${body.kind} is described.`);
    },
    assertAnswer(method, path, status, json) {
      const answer = find(method, path).responses[String(status)]?.content?.['application/json'];
      if (!answer) throw new Error(`No answer ${status} is described.`);
      hold(shape(answer.schema), json, 'The answer');
    },
    assertShape(name, json) {
      hold(shape({ $ref: `#/components/schemas/${name}` }), json, name);
    },
  };
}

function hold(validate: ValidateFunction, value: unknown, what: string): void {
  if (validate(value)) return;
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(`${what} does not fit:\n${faults.slice(0, 8).join('\n')}`);
}

/** References lead into the vendor's description. */
function anchored(schema: unknown): Node {
  return node.parse(
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"vendor#/components/')),
  );
}

function propertiesOf(schema: Node, shapes: Readonly<Record<string, Node>>): Node {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref'] ?? ''))?.[1];
  if (name !== undefined) return propertiesOf(shapes[name] ?? {}, shapes);
  const parts = z.array(node).catch([]).parse(schema['allOf']);
  const own = node.catch({}).parse(schema['properties']);
  return Object.assign({}, ...parts.map((part) => propertiesOf(part, shapes)), own);
}

/** A form as the description sees it: fields that end in brackets are lists, files are text. */
function objectOf(
  body: Extract<JournalEntry['body'], { kind: 'form' }>,
  names: ReadonlySet<string>,
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [field, value] of body.fields) {
    const isList = field.endsWith('[]');
    const name = isList ? field.slice(0, -2) : field;
    if (!names.has(name)) throw new Error(`The field ${field} is not described.`);
    const before = read[name];
    read[name] = isList ? [...(Array.isArray(before) ? before : []), value] : value;
  }
  for (const { field, name } of body.files) read[field] = name;
  return read;
}

/** `nullable: true` of older descriptions, in words that JSON Schema knows. */
function nullsAllowed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullsAllowed);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = node.parse(value);
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, one]) => [key, nullsAllowed(one)]),
  );
  if (nullable === undefined) return schema;
  if (nullable !== true)
    return { ...schema, ...(typeof nullable === 'object' ? { nullable } : {}) };
  return { anyOf: [schema, { type: 'null' }] };
}
