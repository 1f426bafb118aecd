import { jsonReply, type Reply } from '../reply.ts';
import type { Refusal } from '../route.ts';

/** What the vendor says where nothing nearer is known (Resend, error page, 2026-08). */
const NAMES: Readonly<Record<number, string>> = {
  400: 'validation_error',
  401: 'missing_api_key',
  403: 'invalid_api_key',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'concurrent_idempotent_requests',
  422: 'missing_required_field',
  429: 'rate_limit_exceeded',
  451: 'security_error',
  500: 'application_error',
};

export function resendRefusal({ status, code, message }: Refusal): Reply {
  const name = code ?? NAMES[status] ?? 'internal_server_error';
  const error = { statusCode: status, name, message: message ?? 'The mail was not taken.' };
  return jsonReply(error, { status });
}
