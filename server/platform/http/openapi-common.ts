import { z } from 'zod';
import type { DocumentedAnswer, Endpoint } from './endpoint.ts';

/** What the document tells of all operations alike: headers, and the problems that any of them may answer. */

/** Every refusal of the API (RFC 9457). Some carry more, such as `needed` and `balance`. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable; act on this' }),
    request_id: z.string(),
    retryable: z.boolean(),
    action: z.string().nullable().meta({ description: 'What to do about it' }),
    errors: z.array(z.strictObject({ location: z.string(), message: z.string(), fix: z.string() })),
  })
  .meta({ id: 'Problem' });

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const count = (description: string) => ({
  description,
  schema: { type: 'integer' as const, minimum: 0 },
});

export const headerComponents = {
  'X-Request-Id': text('Names this request; give it when you ask for help'),
  'RateLimit-Limit': count('Requests allowed in the window'),
  'RateLimit-Remaining': count('Requests left in the window'),
  'RateLimit-Reset': count('Seconds until the window is over'),
  'Retry-After': count('Seconds to wait before the next try'),
  'Idempotency-Replayed': text('`true` on the answer to a repeat'),
  Location: text('Where the thing is that was made or asked for'),
  ETag: text('Names this version; send it as `If-None-Match`'),
};

type HeaderName = keyof typeof headerComponents;

const EVERYWHERE: readonly HeaderName[] = [
  'X-Request-Id',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];

function refer(names: readonly HeaderName[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The headers of one answer. */
export function headersOf(endpoint: Endpoint, status: number, answer: DocumentedAnswer) {
  const own = new Set<HeaderName>(answer.headers);
  if (status === 304) own.add('ETag');
  else if (status >= 300 && status < 400) own.add('Location');
  if (takesIdempotencyKey(endpoint)) own.add('Idempotency-Replayed');
  return refer([...EVERYWHERE, ...own]);
}

/** True when a repeat under the same `Idempotency-Key` gets the first answer. */
export function takesIdempotencyKey({ method, idempotent, access }: Endpoint): boolean {
  return method === 'post' && idempotent !== false && access !== 'public';
}

function problem(description: string, ...headers: readonly HeaderName[]) {
  return {
    description,
    headers: refer([...EVERYWHERE, ...headers]),
    content: { 'application/problem+json': { schema: problemSchema } },
  };
}

/** The refusals that need no operation to be understood, by the name that they have in the document. */
export const problemResponses = {
  Malformed: problem('The query or the body cannot be read'),
  Unauthenticated: problem('No API key and no session, or one that is no longer good'),
  Forbidden: problem('The key lacks the scope, or the request comes from another site'),
  NotFound: problem('There is no such thing, or it is not yours'),
  Conflict: problem('Not possible as things stand, or still being answered', 'Retry-After'),
  BodyTooLarge: problem('The body is larger than allowed'),
  UnsupportedMediaType: problem('The body is not declared as what it should be'),
  Invalid: problem('The request can be read but not used; `errors` tells where'),
  RateLimited: problem('Too many requests', 'Retry-After'),
  Problem: problem('Any other problem'),
};

/** Which refusals one operation may answer. */
export function refusalsOf({ method, path, access, query, body }: Endpoint) {
  const mayBe: readonly (readonly [string, keyof typeof problemResponses, boolean])[] = [
    ['400', 'Malformed', query !== undefined || body !== undefined],
    ['401', 'Unauthenticated', access !== 'public'],
    ['403', 'Forbidden', access !== 'public'],
    ['404', 'NotFound', path.includes('{')],
    ['409', 'Conflict', method !== 'get'],
    ['413', 'BodyTooLarge', body !== undefined],
    ['415', 'UnsupportedMediaType', body !== undefined],
    ['422', 'Invalid', body !== undefined || method === 'post'],
    ['429', 'RateLimited', true],
    ['default', 'Problem', true],
  ];
  return Object.fromEntries(
    mayBe
      .filter(([, , may]) => may)
      .map(([status, name]) => [status, { $ref: `#/components/responses/${name}` }] as const),
  );
}
