import type { Context } from 'hono';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import type { Endpoint } from './endpoint.ts';
import { describeFault } from './faults.ts';
import { isText, readJson } from './read-json.ts';

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const MOST_FAULTS = 20;

/** What stands in an address behind the path: of a name that is given twice the first value. */
export type Given = Readonly<Record<string, string>>;

/** Path and query of a request, parsed by its endpoint's schemas. Throws Problems that name every fault. */
export function readAddress(c: Context, endpoint: Endpoint, given: Given) {
  const params = endpoint.params ? parsePath(endpoint.params, c.req.param()) : undefined;
  for (const name in given) if (!isText(given[name] ?? '')) throw new MalformedQuery();
  const query = endpoint.query ? parse(endpoint.query, given, 'query') : undefined;
  return { params, query };
}

/** The body as it came, and as its schema makes of it. Throws Problems that name every fault. */
export async function readBody(
  c: Context,
  schema: z.ZodType,
  {
    bodyType: type = 'application/json',
    maxBodyBytes: maxBytes = DEFAULT_MAX_BODY_BYTES,
  }: Endpoint,
): Promise<{ readonly sent: unknown; readonly body: unknown }> {
  const sent = await readJson(c, { type, maxBytes });
  return { sent, body: parse(schema, sent, 'body') };
}

/** A path that cannot hold an id is the path of nothing, just as an id that nobody has. */
function parsePath(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new NothingThere();
  return parsed.data;
}

function parse(schema: z.ZodType, value: unknown, where: 'query' | 'body'): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const isBody = where === 'body';
  throw new Problem({
    kind: 'invalid',
    code: 'invalid_request',
    status: isBody ? 422 : 400,
    message: isBody
      ? 'The body does not have the form it needs.'
      : 'The query does not have the form it needs.',
    action: 'Mend what `errors` names; GET /v1/openapi.json has every form.',
    errors: parsed.error.issues.slice(0, MOST_FAULTS).map((issue) => describeFault(where, issue)),
  });
}

class MalformedQuery extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'malformed_query',
      message: 'The query holds a NUL or half a character.',
      action: 'Leave it out.',
    });
  }
}

class NothingThere extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'not_found',
      message: 'There is nothing at this address.',
      action: 'Check the id.',
    });
  }
}
