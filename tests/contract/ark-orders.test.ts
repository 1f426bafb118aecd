import { describe, expect, test } from 'vitest';
import { codeOf, image, MODEL, order, PICTURE, TASKS, text, useArk } from './ark-material.ts';
import { dataUrl, picturePng } from './material.ts';

const { start, ask, create, ark } = useArk();

describe('an order', () => {
  const codeFor = async (body: unknown) => {
    const { status, json } = await ask('POST', TASKS, body);
    return [status, status === 200 ? 'accepted' : codeOf(json)];
  };
  const v25 = { ...order, model: 'dreamina-seedance-2-5-260628', duration: 5 };
  const v10 = { ...order, model: 'seedance-1-0-pro-250528', duration: 3 };

  test.each<[string, unknown, number, string]>([
    ['only the model', { model: MODEL }, 400, 'MissingParameter'],
    ['an unknown model', { ...order, model: 'seedance-9' }, 404, 'InvalidEndpointOrModel.NotFound'],
    ['an unknown field', { ...order, n: 2 }, 400, 'InvalidParameter.UnsupportedParameter'],
    [
      'a tier on 2.0',
      { ...order, service_tier: 'flex' },
      400,
      'InvalidParameter.UnsupportedParameter',
    ],
    [
      'sound on 1.0',
      { ...v10, generate_audio: true },
      400,
      'InvalidParameter.UnsupportedParameter',
    ],
    ['too few seconds', { ...order, duration: 3 }, 400, 'InvalidParameter'],
    ['half a second', { ...order, duration: 4.5 }, 400, 'InvalidParameter'],
    ['a format nobody films', { ...order, ratio: '4:5' }, 400, 'InvalidParameter'],
    [
      '4k on the fast one',
      { ...order, model: 'dreamina-seedance-2-0-fast-260128', resolution: '4k' },
      400,
      'InvalidParameter',
    ],
    [
      'seconds in the text',
      { ...order, content: [{ type: 'text', text: 'A cat --dur 3' }] },
      400,
      'InvalidParameter',
    ],
    ['two texts', { ...order, content: [text, text] }, 400, 'InvalidParameter'],
    [
      'frames with references',
      { ...order, content: [text, image('first_frame'), image('reference_image')] },
      400,
      'InvalidParameter',
    ],
    [
      'a last frame alone',
      { ...order, content: [text, image('last_frame')] },
      400,
      'InvalidParameter',
    ],
    [
      'two images without roles',
      { ...order, content: [image(null), image(null)] },
      400,
      'InvalidParameter',
    ],
    [
      'references on 1.0',
      { ...v10, content: [text, image('reference_image')] },
      400,
      'InvalidParameter',
    ],
    [
      'a ratio with a first frame on 2.5',
      { ...v25, content: [text, image('first_frame')] },
      400,
      'InvalidParameter',
    ],
    [
      'no picture',
      { ...order, content: [image('first_frame', '')] },
      400,
      'InvalidImageURL.EmptyURL',
    ],
    [
      'a small picture',
      { ...order, content: [image('first_frame', dataUrl(picturePng(200, 300)))] },
      400,
      'InvalidParameter',
    ],
    [
      'a broken picture',
      { ...order, content: [image('first_frame', dataUrl(PICTURE.subarray(0, 60)))] },
      400,
      'InvalidParameter',
    ],
    [
      'a picture out of reach',
      { ...order, content: [image('first_frame', 'https://pictures.example/a.png')] },
      400,
      'InvalidParameter',
    ],
    [
      'audio alone on 2.0',
      {
        ...order,
        content: [
          text,
          { type: 'audio_url', audio_url: { url: 'asset://a' }, role: 'reference_audio' },
        ],
      },
      400,
      'InvalidParameter',
    ],
  ])('with %s is refused', async (_what, body, status, code) => {
    expect(await codeFor(body)).toEqual([status, code]);
    expect(ark().journal.purchases).toEqual([]);
  });

  test('of every kind that the page allows is accepted', async () => {
    ark().faults.add({ route: 'create-task', fault: { kind: 'endless' } });
    const accepted = [
      { ...order, resolution: '720P', duration: -1, priority: 3, watermark: false },
      { ...order, content: [text, image('first_frame'), image('last_frame')], ratio: 'adaptive' },
      { ...order, content: [text, image('reference_image'), image('reference_image')] },
      { ...order, content: [image(null)] },
      { ...v25, content: [text, image('first_frame')], ratio: 'adaptive', duration: 30 },
      { ...v10, frames: 29, camera_fixed: true },
      { ...order, model: 'ep-20260101-abcde' },
    ];
    for (const body of accepted) expect(await codeFor(body)).toEqual([200, 'accepted']);
    expect(
      ark()
        .tasks()
        .map(({ order: { ratio } }) => ratio),
    ).toContain('9:16');
  });

  test('needs a key, an activated model and a free place in the queue', async () => {
    await using strict = await start({ closedModels: [MODEL], keys: ['other'], mostQueued: 0 });
    const refused = await ask('POST', TASKS, order, strict);
    expect([refused.status, codeOf(refused.json)]).toEqual([401, 'AuthenticationError']);
    await using closed = await start({ closedModels: [MODEL], mostQueued: 0 });
    expect(codeOf((await ask('POST', TASKS, order, closed)).json)).toBe('ModelNotOpen');
    expect(codeOf((await ask('POST', TASKS, v25, closed)).json)).toBe('QuotaExceeded');
  });

  test('refused for its content is not bought; two alike are counted', async () => {
    const fault = { kind: 'moderation', at: 'create' } as const;
    ark().faults.add({ route: 'create-task', fault, times: 1 });
    expect(await codeFor(order)).toEqual([400, 'InputTextSensitiveContentDetected']);
    for (let count = 0; count < 2; count += 1) await create({ ...order, seed: 3 });
    expect(ark().journal.bought()).toEqual({ [`3:${text.text}`]: 2 });
    expect(ark().journal.purchases).toMatchObject([{ answered: true }, { answered: true }]);
  });
});
