import { randomBytes } from 'node:crypto';
import { jsonReply, type Reply } from '../reply.ts';
import type { Refusal } from '../route.ts';

/** What the vendor says where nothing nearer is known (ModelArk, error-code page, 2026-10). */
const CODES: Readonly<Record<number, readonly [code: string, type: string]>> = {
  400: ['InvalidParameter', 'BadRequest'],
  401: ['AuthenticationError', 'Unauthorized'],
  402: ['AccountOverdueError', 'Forbidden'],
  403: ['AccessDenied', 'Forbidden'],
  404: ['ResourceNotFound', 'NotFound'],
  413: ['InvalidParameter', 'BadRequest'],
  429: ['ModelAccountRpmRateLimitExceeded', 'TooManyRequests'],
  500: ['InternalServiceError', 'InternalServerError'],
};

/** The vendor's envelope; it gives no `Retry-After` and names the request in the sentence. */
export function arkRefusal({ status, code, message, param }: Refusal): Reply {
  const [usual, type] = CODES[status] ?? ['InternalServiceError', 'InternalServerError'];
  const requestId = newRequestId();
  const told = code ?? usual;
  const sentence = `${message ?? 'The request cannot be served.'} Request id: ${requestId}`;
  return jsonReply(
    { error: { code: told, message: sentence, param: param ?? '', type } },
    {
      status,
      headers: {
        'x-request-id': requestId,
        ...(status === 401 ? { 'x-error-code': told } : {}),
      },
    },
  );
}

export const newRequestId = (): string => `0217${randomBytes(20).toString('hex')}`;
