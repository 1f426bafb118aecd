import { describe, expect, test } from 'vitest';
import { VendorProblem } from '../vendor-problem.ts';
import { problemOfAnswer } from './errors.ts';

const problem = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  problemOfAnswer({
    status,
    headers,
    bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
/** As the vendor's error page has it now. */
const coded = (code: string, message = '') => ({
  detail: { type: 'x_error', code, message, status: 'older_name', request_id: '3c80' },
});
/** As older answers are. */
const older = (status: string, message = '') => ({ detail: { status, message } });

describe('an error answer of ElevenLabs', () => {
  test.each([
    [401, coded('invalid_api_key'), 'provider_rejected_key', 'fail'],
    [401, older('invalid_api_key'), 'provider_rejected_key', 'fail'],
    [401, coded('missing_permissions'), 'provider_rejected_key', 'fail'],
    [401, older('detected_unusual_activity'), 'provider_rejected_key', 'fail'],
    [401, { detail: 'Unauthorized' }, 'provider_rejected_key', 'fail'],
    [403, coded('missing_permissions'), 'provider_rejected_key', 'fail'],
    [401, older('quota_exceeded'), 'provider_quota_exhausted', 'wait'],
    [401, coded('quota_exceeded'), 'provider_quota_exhausted', 'wait'],
    [402, older('payment_required'), 'provider_quota_exhausted', 'wait'],
    [402, '<html>', 'provider_quota_exhausted', 'wait'],
    [402, coded('paid_plan_required'), 'provider_rejected_request', 'fail'],
    [
      402,
      older('payment_required', 'Free users cannot use library voices.'),
      'provider_rejected_request',
      'fail',
    ],
    [403, older('only_for_creator+'), 'provider_rejected_request', 'fail'],
    [400, older('voice_not_found'), 'voice_unknown', 'fail'],
    [404, coded('voice_not_found'), 'voice_unknown', 'fail'],
    [400, older('invalid_uid'), 'voice_unknown', 'fail'],
    [404, { detail: 'A voice with this id was not found.' }, 'voice_unknown', 'fail'],
    [404, { detail: 'Not Found' }, 'provider_rejected_request', 'fail'],
    [400, older('max_character_limit_exceeded'), 'narration_too_long', 'fail'],
    [400, older('unsupported_model'), 'provider_model_unavailable', 'fail'],
    [400, coded('invalid_parameters'), 'provider_rejected_request', 'fail'],
    [403, coded('content_moderated', 'blocked'), 'provider_refused_content', 'fail'],
    [
      403,
      { detail: 'This text violates our Terms of Service.' },
      'provider_refused_content',
      'fail',
    ],
    [403, coded('forbidden'), 'provider_rejected_request', 'fail'],
    [
      422,
      { detail: [{ loc: ['body', 'text'], msg: 'empty', type: 'value_error' }] },
      'provider_rejected_request',
      'fail',
    ],
    [408, '', 'provider_timed_out', 'retry'],
    [409, coded('something_new'), 'provider_busy', 'retry'],
    [425, '', 'provider_busy', 'retry'],
    [429, coded('concurrent_limit_exceeded'), 'provider_busy', 'retry'],
    [429, older('too_many_concurrent_requests'), 'provider_busy', 'retry'],
    [429, coded('rate_limit_exceeded'), 'provider_busy', 'retry'],
    [429, older('system_busy'), 'provider_busy', 'retry'],
    [429, '<html>', 'provider_busy', 'retry'],
    [429, coded('quota_exceeded'), 'provider_quota_exhausted', 'wait'],
    [500, { detail: null }, 'provider_unavailable', 'retry'],
    [503, '<html>', 'provider_unavailable', 'retry'],
    [524, '', 'provider_unavailable', 'retry'],
    [307, '', 'provider_answer_unusable', 'retry'],
    [400, coded('constructor'), 'provider_rejected_request', 'fail'],
  ])('%i %j is %s: %s', (status, body, code, recovery) => {
    const answer = problem(status, body);
    expect(answer).toBeInstanceOf(VendorProblem);
    expect(answer).toMatchObject({ code, recovery });
    const isOfContent = /refused_content|voice_unknown|narration_too_long/.test(code);
    expect(answer.kind).toBe(isOfContent ? 'invalid' : 'upstream');
  });

  test('keeps the vendor’s code, by its newest name, and not a word of its sentence', () => {
    expect(problem(429, coded('system_busy')).vendorCode).toBe('system_busy');
    expect(problem(429, older('system_busy')).vendorCode).toBe('system_busy');
    const quoting = problem(403, { detail: 'my secret text violates our policy' });
    expect(quoting.vendorCode).toBeNull();
    expect(`${quoting.message} ${quoting.action}`).not.toContain('secret');
  });

  test('asks us to stay away for as long as it says', () => {
    expect(problem(429, '', { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
    expect(problem(429, '', { 'retry-after': 'soon' }).retryAfterMs).toBeNull();
    expect(problem(429, '').retryAfterMs).toBeNull();
  });
});
