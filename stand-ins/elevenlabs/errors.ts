import { jsonReply, type Reply } from '../reply.ts';
import type { Refusal } from '../route.ts';
import { newId } from './ids.ts';

/** `current`: type, code and the older status; `legacy`: status alone; `text`: a sentence. All three are met. */
export type ErrorShape = 'current' | 'legacy' | 'text';

/** What the vendor says where nothing nearer is known (ElevenLabs, error page and help centre, 2026-08). */
const CODES: Readonly<Record<number, readonly [code: string, type: string]>> = {
  400: ['invalid_parameters', 'validation_error'],
  401: ['invalid_api_key', 'authentication_error'],
  402: ['payment_required', 'payment_required'],
  403: ['only_for_creator+', 'authorization_error'],
  404: ['not_found', 'not_found'],
  409: ['conflict', 'conflict'],
  413: ['request_too_large', 'validation_error'],
  425: ['too_early', 'conflict'],
  429: ['concurrent_limit_exceeded', 'rate_limit_error'],
  500: ['internal_server_error', 'internal_error'],
  503: ['system_busy', 'service_unavailable'],
};
/** Names that older answers have for the same. */
const LEGACY: Readonly<Record<string, string>> = {
  concurrent_limit_exceeded: 'too_many_concurrent_requests',
};

/** The vendor's envelope; 422 is a list of fields whatever the shape. */
export function elevenLabsRefusal(shape: ErrorShape) {
  return ({ status, code, message, param }: Refusal): Reply => {
    const requestId = newId();
    const headers = { 'request-id': requestId };
    const sentence = message ?? 'The request cannot be served.';
    if (status === 422) {
      const fault = { loc: ['body', param ?? ''], msg: sentence, type: code ?? 'value_error' };
      return jsonReply({ detail: [fault] }, { status, headers });
    }
    const [usual, type] = CODES[status] ?? ['internal_server_error', 'internal_error'];
    const told = code ?? usual;
    const legacy = LEGACY[told] ?? told;
    const current = {
      ...{ type, code: told, message: sentence, status: legacy, request_id: requestId },
      ...(param === null ? {} : { param }),
    };
    const detail = { current, legacy: { status: legacy, message: sentence }, text: sentence };
    return jsonReply({ detail: detail[shape] }, { status, headers });
  };
}
