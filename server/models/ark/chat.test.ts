import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  answerJson,
  breakOff,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import { textModelAt } from './fixtures/clients.ts';

let vendor: VendorServer;
beforeEach(async () => {
  vendor = await startVendorServer();
});
afterEach(() => vendor[Symbol.asyncDispose]());

const writer = () => textModelAt(vendor);
const call = { signal: new AbortController().signal };

describe('a failed call', () => {
  test.each([
    [400, 'InputTextRiskDetection', 'provider_refused_content', 'fail'],
    [400, 'InvalidParameter', 'provider_rejected_request', 'fail'],
    [401, 'AuthenticationError', 'provider_rejected_key', 'fail'],
    [403, 'AccountOverdueError', 'provider_overdue', 'fail'],
    [404, 'ModelNotOpen', 'provider_model_unavailable', 'fail'],
    [429, 'SetLimitExceeded', 'provider_quota_exhausted', 'wait'],
    [429, 'RequestBurstTooFast', 'provider_busy', 'retry'],
    [500, 'InternalServiceError', 'provider_unavailable', 'retry'],
  ])('with %i %s is %s', async (status, vendorCode, code, recovery) => {
    vendor.answer = (response) =>
      answerJson(response, { error: { code: vendorCode, message: 'x' } }, { status });
    await expect(writer().enhancePrompt({ prompt: 'a' }, call)).rejects.toMatchObject({
      code,
      recovery,
      vendorCode,
    });
    expect(vendor.seen).toHaveLength(1);
  });

  test.each<[string, VendorServer['answer']]>([
    ['an answer that is cut', breakOff],
    ['a page', (r) => r.writeHead(502).end('<html>')],
    ['broken JSON', (r) => r.setHeader('content-type', 'application/json').end('{"id":')],
    ['text', (r) => r.setHeader('content-type', 'text/plain').end('hi')],
    ['no choices', (r) => answerJson(r, { choices: [] })],
  ])('by %s may have been charged, and may be tried again', async (_what, answer) => {
    vendor.answer = answer;
    await expect(writer().enhancePrompt({ prompt: 'a' }, call)).rejects.toMatchObject({
      code: 'order_uncertain',
      recovery: 'retry',
    });
  });

  test('that is canceled ends at once', async () => {
    vendor.answer = () => undefined;
    const canceling = new AbortController();
    const written = writer().enhancePrompt({ prompt: 'a' }, { signal: canceling.signal });
    await expect.poll(() => vendor.seen.length).toBe(1);
    canceling.abort();
    await expect(written).rejects.toMatchObject({ name: 'AbortError' });
  });
});
