import { expect, test } from 'vitest';
import { failedTask, problemOfAnswer } from './errors.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const refusal = (status: number, code: string, message = 'Request id: 0217') =>
  problemOfAnswer(answer(status, { error: { code, message, param: '', type: 'x' }, more: 1 }));

/** Every code of the vendor's page, with what it must come to. */
const TABLE: readonly (readonly [number, string, string, 'retry' | 'wait' | 'fail'])[] = [
  [400, 'MissingParameter', 'provider_rejected_request', 'fail'],
  [400, 'MissingParameter.model', 'provider_rejected_request', 'fail'],
  [400, 'InvalidParameter', 'provider_rejected_request', 'fail'],
  [400, 'InvalidParameter.TaskTypeConstraint', 'provider_rejected_request', 'fail'],
  [400, 'InvalidParameter.UnsupportedParameter', 'provider_rejected_request', 'fail'],
  [400, 'InvalidImageURL.EmptyURL', 'provider_rejected_request', 'fail'],
  [400, 'OutofContextError', 'provider_rejected_request', 'fail'],
  [400, 'InvalidArgumentError[ratio]', 'provider_rejected_request', 'fail'],
  [400, 'InvalidEndpoint.ClosedEndpoint', 'provider_unavailable', 'retry'],
  [400, 'SensitiveContentDetected', 'provider_refused_content', 'fail'],
  [400, 'SensitiveContentDetected.SevereViolation', 'provider_refused_content', 'fail'],
  [400, 'InputTextSensitiveContentDetected', 'provider_refused_content', 'fail'],
  [
    400,
    'InputImageSensitiveContentDetected.PrivacyInformation',
    'provider_refused_content',
    'fail',
  ],
  [400, 'OutputVideoSensitiveContentDetected', 'provider_refused_content', 'fail'],
  [400, 'InputTextRiskDetection', 'provider_refused_content', 'fail'],
  [400, 'ContentSecurityDetectionError', 'provider_unavailable', 'retry'],
  [401, 'AuthenticationError', 'provider_rejected_key', 'fail'],
  [401, 'InvalidAccountStatus', 'provider_rejected_key', 'fail'],
  [403, 'AccessDenied', 'provider_rejected_key', 'fail'],
  [403, 'AccountOverdueError', 'provider_overdue', 'fail'],
  [403, 'OperationDenied.ServiceOverdue', 'provider_overdue', 'fail'],
  [403, 'OperationDenied.ServiceNotOpen', 'provider_rejected_key', 'fail'],
  [403, 'OperationDenied.PermissionDenied', 'provider_rejected_key', 'fail'],
  [404, 'ModelNotOpen', 'provider_model_unavailable', 'fail'],
  [404, 'InvalidEndpointOrModel.NotFound', 'provider_model_unavailable', 'fail'],
  [404, 'InvalidEndpointOrModel.ModelIDAccessDisabled', 'provider_model_unavailable', 'fail'],
  [429, 'RateLimitExceeded.EndpointRPMExceeded', 'provider_busy', 'retry'],
  [429, 'ModelAccountRpmRateLimitExceeded', 'provider_busy', 'retry'],
  [429, 'ModelAccountTpmRateLimitExceeded', 'provider_busy', 'retry'],
  [429, 'ModelAccountIpmRateLimitExceeded', 'provider_busy', 'retry'],
  [429, 'APIAccountRpmRateLimitExceeded', 'provider_busy', 'retry'],
  [429, 'AccountRateLimitExceeded', 'provider_busy', 'retry'],
  [429, 'InflightBatchsizeExceeded', 'provider_busy', 'retry'],
  [429, 'RequestBurstTooFast', 'provider_busy', 'retry'],
  [429, 'ServerOverloaded', 'provider_busy', 'retry'],
  [429, 'SetLimitExceeded', 'provider_quota_exhausted', 'wait'],
  [500, 'InternalServiceError', 'provider_unavailable', 'retry'],
  // Unknown codes, by their status.
  [400, 'SomethingNew', 'provider_rejected_request', 'fail'],
  [401, 'SomethingNew', 'provider_rejected_key', 'fail'],
  [402, 'SomethingNew', 'provider_overdue', 'fail'],
  [403, 'SomethingNew', 'provider_rejected_key', 'fail'],
  [404, 'SomethingNew', 'provider_model_unavailable', 'fail'],
  [429, 'SomethingNew', 'provider_busy', 'retry'],
  [503, 'SomethingNew', 'provider_unavailable', 'retry'],
  // No name of the table goes on without a dot.
  [500, 'InvalidParameterStore', 'provider_unavailable', 'retry'],
];

test.each(TABLE)('%i %s is %s, and the work will %s', (status, vendorCode, code, recovery) => {
  const kind = code === 'provider_refused_content' ? 'invalid' : 'upstream';
  const kept = vendorCode.includes('[') ? null : vendorCode;
  expect(refusal(status, vendorCode)).toMatchObject({ code, recovery, kind, vendorCode: kept });
});

test('one code for a full queue and for a used-up plan is told apart by its sentence', () => {
  const quota = (message: string) => refusal(429, 'QuotaExceeded', message).code;
  expect(quota('The number of queued tasks exceeds the limit of your plan.')).toBe('provider_busy');
  expect(quota('Your free trial quota has been exhausted.')).toBe('provider_quota_exhausted');
  expect(quota('')).toBe('provider_busy');
});

test("shows nothing of the vendor's sentence, which may quote the prompt", () => {
  const problem = refusal(400, 'InvalidParameter', 'canary');
  expect(`${problem.message} ${problem.action}`).not.toContain('canary');
});

test.each([
  ['<html>502 Bad Gateway</html>'],
  [''],
  ['{"error":"text"}'],
  ['{"error":{"message":"no code"}}'],
  ['[]'],
])("an error answer without the vendor's words (%j) goes by its status", (body) => {
  expect(problemOfAnswer(answer(502, body))).toMatchObject({
    code: 'provider_unavailable',
    vendorCode: null,
  });
});

test('keeps away as long as it is asked to, where it is asked in seconds', () => {
  const after = (value: string) =>
    problemOfAnswer(answer(429, {}, { 'retry-after': value })).retryAfterMs;
  expect([after('30'), after('soon'), after('-1')]).toEqual([30_000, null, null]);
});

test.each([
  ['OutputVideoSensitiveContentDetected', 'provider_refused_content', true],
  ['OutputAudioSensitiveContentDetected.PolicyViolation', 'provider_refused_content', true],
  ['InputImageSensitiveContentDetected', 'provider_refused_content', false],
  ['SensitiveContentDetected', 'provider_refused_content', false],
  ['InvalidParameter.TaskTypeMismatch', 'provider_rejected_request', false],
  ['InternalServiceError', 'provider_unavailable', true],
  ['SomethingNew', 'provider_unavailable', true],
])('a task that failed with %s is %s; another order may succeed: %s', (code, ours, retryable) => {
  expect(failedTask({ code, message: '' })).toMatchObject({
    status: 'failed',
    code: ours,
    retryable,
    vendorCode: code,
  });
});

test('a task that failed without a reason may be ordered again', () => {
  expect(failedTask(null)).toMatchObject({ code: 'provider_answer_unusable', retryable: true });
});
