import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIL_KINDS } from '../../server/notify/message.ts';
import { makeResend } from '../../server/notify/resend.ts';
import { writeMail } from '../../server/notify/write-mail.ts';
import { type ResendStandIn, startResend } from '../../stand-ins/resend.ts';
import { hasVendorSchemas, loadVendorSchema } from './vendor-schema.ts';

const FROM = 'clipt <no-reply@example.org>';
let vendor: ResendStandIn;
beforeEach(async () => {
  vendor = await startResend({ keys: ['re_known'] });
});
afterEach(() => vendor.close());

const written = writeMail(
  { kind: 'new_sign_in', details: {}, createdAt: new Date('2026-11-24T12:00:00Z') },
  'https://clipt.example.org',
);
const send = (
  over: { readonly key?: string; readonly subject?: string; readonly as?: string } = {},
) => {
  const { key = 'new_sign_in/1', subject = written.subject, as = 're_known' } = over;
  const by = makeResend({ apiKeys: [as], baseUrl: vendor.baseUrl, from: FROM });
  const call = { idempotencyKey: key, signal: AbortSignal.timeout(20_000) };
  return by({ ...written, subject, to: 'ada@example.org' }, call);
};

describe('mail by Resend', () => {
  test.runIf(hasVendorSchemas)('is asked for and answered as the vendor describes it', async () => {
    const schema = loadVendorSchema('resend');
    const by = makeResend({ apiKeys: ['re_known'], baseUrl: vendor.baseUrl, from: FROM });
    for (const kind of MAIL_KINDS) {
      const mail = writeMail({ kind, details: {}, createdAt: new Date() }, 'http://localhost:3000');
      const call = { idempotencyKey: kind, signal: AbortSignal.timeout(20_000) };
      const { vendorId } = await by({ ...mail, to: 'ada@example.org' }, call);
      schema.assertAnswer('POST', '/emails', 200, { id: vendorId });
      const found = await fetch(`${vendor.url}/emails/${vendorId}`, {
        headers: { authorization: 'Bearer re_known' },
      });
      schema.assertAnswer('GET', `/emails/${vendorId}`, 200, await found.json());
    }
    expect(vendor.journal.of('send')).toHaveLength(MAIL_KINDS.length);
    for (const entry of vendor.journal.of('send')) schema.assertRequest(entry, '/emails');
  });

  test('is delivered once under a key, and under another key again', async () => {
    const first = await send();
    expect(await send()).toEqual(first);
    expect(vendor.delivered).toHaveLength(1);
    await send({ key: 'new_sign_in/2' });
    expect(Object.values(vendor.journal.bought())).toEqual([2]);
  });

  test('with other words under the same key is known as sent before', async () => {
    await send();
    expect(await send({ subject: 'Other' })).toEqual({ vendorId: null });
    expect(vendor.journal.counts()).toMatchObject({ 'send:409': 1 });
    expect(vendor.delivered).toHaveLength(1);
  });

  test('with a key that is not known is refused, and worth no other try', async () => {
    await expect(send({ as: 're_other' })).rejects.toMatchObject({
      ...{ code: 'provider_rejected_key', vendorCode: 'invalid_api_key', retryable: false },
    });
  });

  test('that is no mail is refused as the vendor would', async () => {
    await expect(send({ subject: '' })).rejects.toMatchObject({
      ...{ code: 'provider_rejected_request', vendorCode: 'missing_required_field' },
    });
  });

  test('that nobody signs for is refused', async () => {
    const post = await fetch(`${vendor.url}/emails`, { method: 'POST' });
    expect(post.status).toBe(401);
  });
});
