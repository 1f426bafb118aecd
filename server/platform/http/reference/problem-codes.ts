/** A problem that may be met anywhere, for the page. */
export type ProblemEntry = {
  readonly status: number;
  readonly code: string;
  readonly meaning: string;
};

/** The codes of the platform itself. What a capability refuses explains itself in `detail` and `action`. */
export const PLATFORM_PROBLEMS: readonly ProblemEntry[] = [
  { status: 400, code: 'malformed_json', meaning: 'The body is not one JSON value in UTF-8.' },
  { status: 400, code: 'malformed_query', meaning: 'The query holds what is no text.' },
  { status: 400, code: 'malformed_request', meaning: 'What arrived is no request of HTTP.' },
  { status: 400, code: 'malformed_form', meaning: 'An upload form is cut short or out of order.' },
  { status: 400, code: 'invalid_cursor', meaning: 'The cursor is not one of this list.' },
  {
    status: 400,
    code: 'bad_idempotency_key',
    meaning: 'The key is not 1–255 printable characters.',
  },
  { status: 400, code: 'key_in_address', meaning: 'An API key stood in the address. Rotate it.' },
  { status: 401, code: 'unauthenticated', meaning: 'There is no key and no session.' },
  { status: 401, code: 'invalid_key', meaning: 'The key is cut, revoked or expired.' },
  { status: 401, code: 'session_ended', meaning: 'The session has ended: sign in again.' },
  { status: 403, code: 'missing_scope', meaning: 'The key lacks the scope in `required_scope`.' },
  { status: 403, code: 'key_not_allowed', meaning: 'Only a session may do this, never a key.' },
  {
    status: 403,
    code: 'origin_rejected',
    meaning: 'A browser asked for a change from another site.',
  },
  { status: 403, code: 'link_rejected', meaning: 'A signed link was altered or has expired.' },
  { status: 404, code: 'not_found', meaning: 'There is nothing at this address.' },
  { status: 405, code: 'method_not_allowed', meaning: '`Allow` names the methods that there are.' },
  { status: 408, code: 'body_timed_out', meaning: 'The body did not arrive in time.' },
  {
    status: 409,
    code: 'idempotency_in_progress',
    meaning: 'The first request with this key is still being answered.',
  },
  { status: 409, code: 'already_uploaded', meaning: 'The upload form was used before.' },
  { status: 413, code: 'body_too_large', meaning: 'The body is larger than this address takes.' },
  { status: 413, code: 'upload_too_large', meaning: 'The file is larger than its form allows.' },
  {
    status: 415,
    code: 'unsupported_media_type',
    meaning: 'The body is not declared as what it should be.',
  },
  { status: 416, code: 'range_not_satisfiable', meaning: 'The range lies outside the file.' },
  { status: 422, code: 'invalid_request', meaning: 'Fields do not fit; `errors` names each.' },
  { status: 422, code: 'idempotency_key_reused', meaning: 'The key was used with another body.' },
  {
    status: 429,
    code: 'rate_limited',
    meaning: 'Too many requests: wait for `Retry-After` seconds.',
  },
  { status: 500, code: 'internal', meaning: 'Our fault. Report the `request_id`.' },
  {
    status: 503,
    code: 'limits_unavailable',
    meaning: 'Limits cannot be counted, so nothing is risked.',
  },
  { status: 504, code: 'timed_out', meaning: 'It took too long; what was begun goes on.' },
];
