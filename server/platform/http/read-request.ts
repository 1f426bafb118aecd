import type { Context } from 'hono';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import type { Endpoint } from './endpoint.ts';
import { describeFault } from './faults.ts';
import { isText, readJson } from './read-json.ts';

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const MOST_FAULTS = 20;

/**
 * What an endpoint's handler gets of the request, parsed by its schemas, and `content`, which tells one request to this
 * address from another: its query and its body as they came. Throws Problems that name every fault.
 */
export async function readRequest(c: Context, endpoint: Endpoint) {
  const params = endpoint.params ? parsePath(endpoint.params, c.req.param()) : undefined;
  const given = c.req.query();
  for (const name in given) if (!isText(given[name] ?? '')) throw new MalformedQuery();
  const query = endpoint.query ? parse(endpoint.query, given, 'query') : undefined;
  if (!endpoint.body) return { params, query, body: undefined, content: { query: given } };
  const { bodyType: type = 'application/json', maxBodyBytes: maxBytes = DEFAULT_MAX_BODY_BYTES } =
    endpoint;
  const sent = await readJson(c, { type, maxBytes });
  const body = parse(endpoint.body, sent, 'body');
  return { params, query, body, content: { query: given, body: sent } };
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
