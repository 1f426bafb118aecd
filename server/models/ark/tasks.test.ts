import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  answerJson,
  breakOff,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import type { ClipOrder, VideoModel } from '../models.ts';
import { OrderUncertain } from '../vendor-problem.ts';
import { refusal, TASKS, VIDEO_MODEL, videoModelAt } from './fixtures/clients.ts';

let vendor: VendorServer;
let model: VideoModel;
beforeEach(async () => {
  vendor = await startVendorServer();
  model = videoModelAt(vendor);
});
afterEach(() => vendor[Symbol.asyncDispose]());

const order: ClipOrder = {
  prompt: 'A paper boat drifts down a rainy street --rs 4k',
  seconds: 5,
  format: '9:16',
  seed: 7,
  firstFrame: null,
  references: [],
  wantsLastFrame: true,
  callbackUrl: 'https://clipt.example/hooks/ark/0123',
};
const call = { signal: new AbortController().signal };

describe('an order', () => {
  test('is one request with the first key, and gives the id', async () => {
    vendor.answer = (response) => answerJson(response, { id: 'cgt-1', novelty: true });
    expect(await model.submit(order, call)).toEqual({ taskId: 'cgt-1' });
    const [seen, ...more] = vendor.seen;
    expect(more).toEqual([]);
    expect(seen).toMatchObject({ method: 'POST', url: TASKS });
    expect(seen?.headers['authorization']).toBe('Bearer key-1');
    expect(JSON.parse(String(seen?.body))).toEqual({
      model: VIDEO_MODEL,
      content: [{ type: 'text', text: 'A paper boat drifts down a rainy street' }],
      ratio: '9:16',
      resolution: '720p',
      duration: 5,
      seed: 7,
      generate_audio: false,
      watermark: false,
      return_last_frame: true,
      callback_url: 'https://clipt.example/hooks/ark/0123',
    });
  });

  test.each([
    [400, 'InputTextSensitiveContentDetected', 'provider_refused_content'],
    [400, 'MissingParameter', 'provider_rejected_request'],
    [401, 'AuthenticationError', 'provider_rejected_key'],
    [404, 'ModelNotOpen', 'provider_model_unavailable'],
    [429, 'ServerOverloaded', 'provider_busy'],
    [500, 'InternalServiceError', 'provider_unavailable'],
    [503, 'SomethingNew', 'provider_unavailable'],
  ])('refused with %i %s was certainly not accepted', async (status, vendorCode, code) => {
    vendor.answer = (response) => answerJson(response, refusal(vendorCode), { status });
    const submitted = model.submit(order, call);
    await expect(submitted).rejects.toMatchObject({ code, vendorCode });
    await expect(submitted).rejects.not.toBeInstanceOf(OrderUncertain);
  });

  test.each([
    [400, 'provider_rejected_request'],
    [404, 'provider_answer_unusable'],
    [413, 'provider_rejected_request'],
    [429, 'provider_busy'],
    [302, 'provider_answer_unusable'],
  ])(
    'turned away with %i by whatever stands before the vendor was not accepted',
    async (status, code) => {
      vendor.answer = (response) => response.writeHead(status).end('<html>no</html>');
      await expect(model.submit(order, call)).rejects.toMatchObject({ code });
    },
  );

  test('was not accepted where nobody listens', async () => {
    const { url } = vendor;
    await vendor[Symbol.asyncDispose]();
    const submitted = videoModelAt({ url }).submit(order, call);
    vendor = await startVendorServer();
    await expect(submitted).rejects.toMatchObject({ code: 'provider_unavailable' });
    await expect(submitted).rejects.not.toBeInstanceOf(OrderUncertain);
  });

  test.each<[string, VendorServer['answer']]>([
    ['the connection is reset after the order was read', (r) => r.socket?.resetAndDestroy()],
    ['the answer is cut', breakOff],
    ['the answer is no JSON', (r) => r.end('{"id":"cgt-')],
    ['the answer has no id', (r) => answerJson(r, { task: 'cgt-1' })],
    ['the answer has an empty id', (r) => answerJson(r, { id: '' })],
    ['a gateway gives up', (r) => r.writeHead(504).end('<html>504 Gateway Time-out</html>')],
    ['a proxy gives up', (r) => r.writeHead(408).end()],
    ['a fault is told in no words of the vendor', (r) => answerJson(r, {}, { status: 500 })],
  ])('is uncertain when %s', async (_what, answer) => {
    vendor.answer = answer;
    await expect(model.submit(order, call)).rejects.toBeInstanceOf(OrderUncertain);
    expect(vendor.seen).toHaveLength(1);
  });

  test('is uncertain when the answer trickles past the deadline, or the work is canceled', async () => {
    vendor.answer = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      const trickle = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(trickle));
    };
    const late = model.submit(order, { signal: AbortSignal.timeout(80) });
    await expect(late).rejects.toBeInstanceOf(OrderUncertain);
    const canceling = new AbortController();
    const canceled = model.submit(order, { signal: canceling.signal });
    await expect.poll(() => vendor.seen.length).toBe(2);
    canceling.abort();
    await expect(canceled).rejects.toBeInstanceOf(OrderUncertain);
  });

  test('canceled before it was sent is just canceled', async () => {
    const canceled = model.submit(order, { signal: AbortSignal.abort() });
    await expect(canceled).rejects.toMatchObject({ kind: 'canceled' });
    await expect(canceled).rejects.not.toBeInstanceOf(OrderUncertain);
    expect(vendor.seen).toEqual([]);
  });

  test('with more references than the model takes is not sent', async () => {
    const references = ['a.png'];
    const submitted = videoModelAt(vendor, 'seedance-1-5-pro-251215').submit(
      { ...order, references },
      call,
    );
    await expect(submitted).rejects.toMatchObject({ code: 'provider_rejected_request' });
    expect(vendor.seen).toEqual([]);
  });
});
