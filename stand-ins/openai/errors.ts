import { randomBytes } from 'node:crypto';
import { jsonReply, type Reply } from '../reply.ts';
import type { Refusal } from '../route.ts';

/** What the vendor says where nothing nearer is known (OpenAI, error-code page, 2026-08). */
const CODES: Readonly<Record<number, readonly [code: string | null, type: string]>> = {
  400: [null, 'invalid_request_error'],
  401: ['invalid_api_key', 'invalid_request_error'],
  402: ['billing_hard_limit_reached', 'insufficient_quota'],
  403: ['unsupported_country_region_territory', 'request_forbidden'],
  404: ['model_not_found', 'invalid_request_error'],
  413: [null, 'invalid_request_error'],
  429: ['rate_limit_exceeded', 'requests'],
};
const LIMIT_PER_MINUTE = 500;

export function openAiRefusal({ status, code, message, param }: Refusal): Reply {
  const [usual, type] = CODES[status] ?? [null, 'server_error'];
  const error = {
    message: message ?? 'The server had an error while processing your request.',
    type: code === 'insufficient_quota' ? code : type,
    ...{ param, code: code ?? usual },
  };
  return jsonReply({ error }, { status, headers: openAiHeaders() });
}

export const openAiHeaders = (): Record<string, string> => ({
  'x-request-id': `req_${randomBytes(12).toString('hex')}`,
  'x-ratelimit-limit-requests': String(LIMIT_PER_MINUTE),
  'x-ratelimit-remaining-requests': String(LIMIT_PER_MINUTE - 1),
  'x-ratelimit-reset-requests': '120ms',
});
