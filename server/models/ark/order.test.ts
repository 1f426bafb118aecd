import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permit } from '../../platform/egress/policy.ts';
import { videoCapabilities } from './capabilities.ts';
import { clipPrompt } from './clip-prompt.ts';
import { type ReadOrder, taskOrder } from './order.ts';
import { dataUrls } from './pictures.ts';
import { videoPolicy } from './policy.ts';

const MODELS = [
  'dreamina-seedance-2-0-260128',
  'dreamina-seedance-2-0-fast-260128',
  'dreamina-seedance-2-0-mini-260615',
  'dreamina-seedance-2-5-260628',
  'seedance-1-5-pro-251215',
  'seedance-1-0-pro-250528',
  'seedance-1-0-pro-fast-251015',
  'ep-20260101000000-abcde',
];

const plain: ReadOrder = {
  prompt: 'A paper boat drifts down a rainy street',
  seconds: 5,
  format: '9:16',
  seed: 7,
  wantsLastFrame: false,
  callbackUrl: null,
  firstFrame: null,
  references: [],
};
const bodyOf = (model: string, order: Partial<ReadOrder> = {}) =>
  taskOrder(model, videoCapabilities(model), { ...plain, ...order });

describe('the body of an order', () => {
  test('for 2.0 is exactly this', () => {
    const order = {
      firstFrame: 'data:image/png;base64,AA==',
      wantsLastFrame: true,
      callbackUrl: 'https://clipt.example/hooks/ark/0123',
    };
    expect(bodyOf('dreamina-seedance-2-0-260128', order)).toEqual({
      model: 'dreamina-seedance-2-0-260128',
      content: [
        { type: 'text', text: plain.prompt },
        {
          type: 'image_url',
          image_url: { url: 'data:image/png;base64,AA==' },
          role: 'first_frame',
        },
      ],
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
    ['dreamina-seedance-2-0-260128', true],
    ['dreamina-seedance-2-0-fast-260128', true],
    ['dreamina-seedance-2-0-mini-260615', true],
    ['dreamina-seedance-2-5-260628', true],
    ['seedance-1-5-pro-251215', true],
    ['seedance-1-0-pro-250528', false],
    ['seedance-1-0-pro-fast-251015', false],
    ['ep-20260101000000-abcde', true],
  ])('for %s has no field that does not apply', (model, hasAudio) => {
    const { content, ...fields } = bodyOf(model);
    expect(content).toEqual([{ type: 'text', text: plain.prompt }]);
    expect(fields).toEqual({
      model,
      ratio: '9:16',
      resolution: '720p',
      duration: 5,
      seed: 7,
      watermark: false,
      ...(hasAudio ? { generate_audio: false } : {}),
    });
  });

  test('leaves the ratio to the first frame only where the model asks for that', () => {
    const firstFrame = 'data:image/png;base64,AA==';
    expect(bodyOf('dreamina-seedance-2-5-260628', { firstFrame }).ratio).toBe('adaptive');
    expect(bodyOf('dreamina-seedance-2-0-260128', { firstFrame }).ratio).toBe('9:16');
    const references = ['data:image/png;base64,AA=='];
    expect(bodyOf('dreamina-seedance-2-5-260628', { references }).ratio).toBe('9:16');
  });

  test('films 3:4 for 4:5, and never mixes a first frame with references', () => {
    expect(bodyOf('dreamina-seedance-2-0-260128', { format: '4:5' }).ratio).toBe('3:4');
    const both = { firstFrame: 'data:a', references: ['data:b', 'data:c'] };
    const roles = (order: Partial<ReadOrder>) =>
      bodyOf('dreamina-seedance-2-0-260128', order)
        .content.slice(1)
        .map((item) => (item.type === 'image_url' ? [item.role, item.image_url.url] : []));
    expect(roles(both)).toEqual([['first_frame', 'data:a']]);
    expect(roles({ ...both, firstFrame: null })).toEqual([
      ['reference_image', 'data:b'],
      ['reference_image', 'data:c'],
    ]);
  });

  test('passes the guard, whatever is ordered of whichever model', () => {
    const policy = videoPolicy('https://ark.example/api/v3', []);
    const anyOrder = fc.record({
      prompt: fc.string(),
      seconds: fc.integer({ min: 2, max: 30 }),
      format: fc.constantFrom('9:16' as const, '16:9' as const, '1:1' as const, '4:5' as const),
      seed: fc.nat(),
      wantsLastFrame: fc.boolean(),
      callbackUrl: fc.option(fc.webUrl()),
      firstFrame: fc.option(fc.constant('data:image/png;base64,AA==')),
      references: fc.array(fc.constant('data:image/webp;base64,AA=='), { maxLength: 9 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...MODELS), anyOrder, (model, order) => {
        const json = bodyOf(model, order);
        const path = '/contents/generations/tasks';
        expect(permit(policy, { method: 'POST', path, json }).json).toBe(JSON.stringify(json));
      }),
    );
  });
});

describe('a prompt', () => {
  test.each([
    ['A boat --rt 16:9 --rs 1080p --dur 12 sails', 'A boat sails'],
    ['--seed 5 A boat --camerafixed true --wm true', 'A boat'],
    ['A boat --resolution=4k, red', 'A boat , red'],
    ['A boat --ratio adaptive', 'A boat'],
    ['A boat ---rt 1:1', 'A boat'],
    ['A boat --style watercolour', 'A boat watercolour'],
    ['A boat -- red and small -- sails', 'A boat — red and small — sails'],
    ['wait--what, a well-known boat', 'wait—what, a well-known boat'],
    ['one\n\n  two\tthree ', 'one two three'],
  ])('%j is sent as %j', (given, sent) => {
    expect(clipPrompt(given)).toBe(sent);
  });

  test('holds no setting and no more than a thousand words, whatever a user writes', () => {
    const piece = fc.oneof(
      fc.constantFrom('--', '-', '--rt', '16:9', ' ', '\n', '\u00a0', '--dur', '5', 'boat', 'é'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const sent = clipPrompt(pieces.join(''));
        expect(sent).not.toContain('--');
        expect(sent.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(clipPrompt('word '.repeat(1_500)).split(' ')).toHaveLength(1_000);
    expect(clipPrompt('字'.repeat(20_000))).toHaveLength(8_000);
  });
});

describe('a picture', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'clipt pictures '));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function fileOf(bytes: Buffer): Promise<string> {
    const file = join(dir, `${Math.random()}`);
    await writeFile(file, bytes);
    return file;
  }

  function png(width: number, height: number): Buffer {
    const head = Buffer.alloc(33);
    head.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
    head.writeUInt32BE(width, 16);
    head.writeUInt32BE(height, 20);
    return head;
  }

  function jpeg(width: number, height: number): Buffer {
    const frame = Buffer.from('ffd8ffe000040000ffc0001108000000000301', 'hex');
    frame.writeUInt16BE(height, 13);
    frame.writeUInt16BE(width, 15);
    return Buffer.concat([frame, Buffer.alloc(16)]);
  }

  function webp(width: number, height: number): Buffer {
    const head = Buffer.alloc(64);
    head.write('RIFF\0\0\0\0WEBPVP8X', 'latin1');
    head.writeUIntLE(width - 1, 24, 3);
    head.writeUIntLE(height - 1, 27, 3);
    return head;
  }

  test('goes as the type its first bytes say, byte for byte', async () => {
    const pictures = [png(300, 300), jpeg(720, 1280), webp(6_000, 2_400)];
    const urls = await dataUrls(await Promise.all(pictures.map(fileOf)));
    expect(urls).toEqual(
      ['png', 'jpeg', 'webp'].map(
        (type, index) => `data:image/${type};base64,${pictures[index]?.toString('base64')}`,
      ),
    );
  });

  test.each([
    ['of another kind', Buffer.from('GIF89a'.padEnd(64))],
    ['that is empty', Buffer.alloc(0)],
    ['that is a page', Buffer.from('<html>'.padEnd(64))],
    ['too small', png(299, 400)],
    ['too large', png(6_001, 6_000)],
    ['too wide', png(2_500, 999)],
    ['too narrow', png(300, 751)],
    ['cut off', png(300, 300).subarray(0, 12)],
  ])('%s is refused here, as the vendor would', async (_what, bytes) => {
    await expect(dataUrls([await fileOf(bytes)])).rejects.toMatchObject({
      kind: 'invalid',
      code: 'provider_rejected_request',
      recovery: 'fail',
    });
  });

  test('too heavy, alone or with others, is refused', async () => {
    const heavy = await fileOf(png(300, 300));
    await truncate(heavy, 30_000_001);
    await expect(dataUrls([heavy])).rejects.toMatchObject({ code: 'provider_rejected_request' });
    const half = await fileOf(png(300, 300));
    await truncate(half, 24_000_000);
    await expect(dataUrls([half, half])).rejects.toMatchObject({
      code: 'provider_rejected_request',
    });
    expect(await dataUrls([half])).toHaveLength(1);
  });
});
