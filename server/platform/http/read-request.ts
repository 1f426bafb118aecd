import type { Context } from 'hono';
import type { z } from 'zod';
import { type FieldError, Problem } from '../problem.ts';
import type { Endpoint } from './endpoint.ts';

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const MOST_FAULTS = 20;

/** What an endpoint's handler gets of the request, parsed by its schemas. Throws Problems that name every fault. */
export async function readRequest(c: Context, endpoint: Endpoint) {
  const params = endpoint.params
    ? parse(endpoint.params, c.req.param(), 'path', NOT_FOUND)
    : undefined;
  const query = endpoint.query ? parse(endpoint.query, c.req.query(), 'query', 400) : undefined;
  const body = endpoint.body ? await readBody(c, endpoint, endpoint.body) : undefined;
  return { params, query, body };
}

/** A path that cannot be an id is the path of nothing. */
const NOT_FOUND = 404;

async function readBody(c: Context, endpoint: Endpoint, schema: z.ZodType): Promise<unknown> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  const text = await readText(c, endpoint.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  // A body that may be left out, such as that of a POST without choices.
  if (text === '') return parse(schema, {}, 'body', 422);
  if (type !== (endpoint.bodyType ?? 'application/json')) throw new UnsupportedMediaType();
  return parse(schema, parseJson(text), 'body', 422);
}

async function readText(c: Context, maxBytes: number): Promise<string> {
  const stated = Number(c.req.header('content-length') ?? 0);
  if (stated > maxBytes) throw new BodyTooLarge(maxBytes);
  const stream = c.req.raw.body;
  if (stream === null) return '';
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new BodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new MalformedJson();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedJson();
  }
}

function parse(
  schema: z.ZodType,
  value: unknown,
  where: 'path' | 'query' | 'body',
  status: number,
): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (where === 'path') throw new NothingThere();
  throw new Problem({
    kind: 'invalid',
    code: 'invalid_request',
    status,
    message:
      where === 'body' ? 'The body does not have the form it needs.' : 'The query is not usable.',
    action: 'Mend what `errors` names; GET /v1/openapi.json has every form.',
    errors: parsed.error.issues.slice(0, MOST_FAULTS).map((issue) => describeFault(where, issue)),
  });
}

function describeFault(where: string, issue: z.core.$ZodIssue): FieldError {
  const location = issue.path.reduce<string>(
    (path, part) => path + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`),
    where,
  );
  return { location, message: issue.message, fix: fixOf(issue) };
}

function fixOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `Leave out ${issue.keys.slice(0, 10).join(', ')}.`;
    case 'invalid_type':
      return `Give a value of the type ${issue.expected}.`;
    case 'invalid_value':
      return `Use one of: ${issue.values.slice(0, 20).map(String).join(', ')}.`;
    case 'too_small':
      return `The least is ${issue.minimum}.`;
    case 'too_big':
      return `The most is ${issue.maximum}.`;
    default:
      return 'Correct the value.';
  }
}

class NothingThere extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'not_found',
      status: NOT_FOUND,
      message: 'There is nothing at this address.',
      action: 'Check the id.',
    });
  }
}

class MalformedJson extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'malformed_json',
      status: 400,
      message: 'The body is not JSON in UTF-8.',
      action: 'Send one JSON value.',
    });
  }
}

class UnsupportedMediaType extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'unsupported_media_type',
      status: 415,
      message: 'The body is not declared as JSON.',
      action: 'Send it with `Content-Type: application/json`.',
    });
  }
}

class BodyTooLarge extends Problem {
  constructor(maxBytes: number) {
    super({
      kind: 'invalid',
      code: 'body_too_large',
      status: 413,
      message: `The body is larger than ${Math.floor(maxBytes / 1024)} KiB.`,
      action: 'Send less; files go through POST /v1/uploads.',
    });
  }
}
