import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ArkStandIn, startArk } from '../../stand-ins/ark.ts';
import { type OpenAiStandIn, startOpenAi } from '../../stand-ins/openai.ts';
import { hasVendorSchemas, loadVendorSchema } from './vendor-schema.ts';

const HELD = 'seed-2-0-lite-260228';
const FREE = 'seed-2-0-lite-260428';

let dir: string;
let ark: ArkStandIn;
let openAi: OpenAiStandIn;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-chat-stand-in-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  [ark, openAi] = await Promise.all([startArk({ cacheDir: dir }), startOpenAi()]);
});
afterEach(() => Promise.all([ark.close(), openAi.close()]));

const ask = (body: unknown, of: { readonly baseUrl: string } = ark) =>
  fetch(`${of.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const schemaOf = (form: z.ZodType) => ({
  type: 'json_schema',
  json_schema: { name: 'form', strict: true, schema: z.toJSONSchema(form) },
});
const question = (data: unknown, form: z.ZodType, model = HELD) => ({
  ...{ model, thinking: { type: 'disabled' }, max_tokens: 4_000 },
  messages: [
    { role: 'system', content: 'Write.' },
    { role: 'user', content: JSON.stringify(data) },
  ],
  response_format: schemaOf(form),
});
const completion = z.object({
  choices: z.tuple([
    z.object({ finish_reason: z.string(), message: z.object({ content: z.string() }) }),
  ]),
  usage: z.object({ prompt_tokens: z.int().min(1), completion_tokens: z.int() }),
});
async function written(body: unknown) {
  const response = await ask(body);
  expect(response.status).toBe(200);
  const [{ finish_reason, message }] = completion.parse(await response.json()).choices;
  return { reason: finish_reason, content: message.content };
}

const script = z.object({
  title: z.string(),
  scenes: z.array(z.object({ narration: z.string().min(10), visual: z.string().min(10) })).min(2),
});

describe('a chat model', () => {
  test.each<[string, unknown, z.ZodType]>([
    ['a script', { topic: 'Why octopuses have three hearts', seconds: 30 }, script],
    ['a script of a topic in another language', { topic: 'Warum ist das Meer salzig?' }, script],
    [
      'ideas',
      { topic: 'tides', count: 4 },
      z.object({
        ideas: z
          .array(z.object({ title: z.string(), hook: z.string(), angle: z.string() }))
          .length(4),
      }),
    ],
    [
      'visuals',
      { title: 'Tides', scenes: [{ scene: 1, narration: 'Tides rise.' }] },
      z.object({
        visuals: z.array(z.object({ scene: z.literal(1), visual: z.string() })).length(1),
      }),
    ],
    ['a better prompt', { prompt: 'a cat on a roof' }, z.object({ prompt: z.string().min(5) })],
    [
      'whatever fits',
      { topic: 'x' },
      z.object({ a: z.array(z.object({ b: z.number(), c: z.boolean(), d: z.enum(['e']) })) }),
    ],
  ])('writes %s in the form that is asked for', async (_what, data, form) => {
    const { content, reason } = await written(question(data, form));
    expect(reason).toBe('stop');
    expect(form.safeParse(JSON.parse(content)).error).toBeUndefined();
  });

  test('that is not held to a form finds it in the instructions', async () => {
    const form = JSON.stringify(z.toJSONSchema(script));
    const messages = [
      { role: 'system', content: `Write.\n\nIt must fit this JSON schema:\n${form}` },
      { role: 'user', content: JSON.stringify({ topic: 'tides', seconds: 20 }) },
    ];
    const { content } = await written({ model: FREE, messages });
    expect(script.safeParse(JSON.parse(content)).error).toBeUndefined();
  });

  test('stops where its tokens end', async () => {
    const short = { ...question({ topic: 'tides' }, script), max_tokens: 20 };
    const { content, reason } = await written(short);
    expect([content.length, reason]).toEqual([80, 'length']);
  });

  test.each([
    ['no-json', 'stop'],
    ['other-form', 'stop'],
    ['content-filter', 'content_filter'],
    ['cut', 'length'],
  ] as const)('fails by %s as told, once', async (how, reason) => {
    ark.faults.add({ route: 'chat', fault: { kind: 'answer', how }, times: 1 });
    const failed = await written(question({ topic: 'tides' }, script));
    expect(failed.reason).toBe(reason);
    const parse = () => script.parse(JSON.parse(failed.content));
    expect(parse).toThrow();
    const fine = await written(question({ topic: 'tides' }, script));
    expect(script.parse(JSON.parse(fine.content)).scenes.length).toBeGreaterThan(1);
  });

  const messages = [{ role: 'user', content: 'Hello' }];
  const format = schemaOf(script);
  test.each<[string, object, number]>([
    ['a JSON object', { model: HELD, messages, response_format: { type: 'json_object' } }, 400],
    ['a form of a model that is not held', { model: FREE, messages, response_format: format }, 400],
    ['two limits', { model: HELD, messages, max_tokens: 9, max_completion_tokens: 9 }, 400],
    [
      'effort without thinking',
      { model: HELD, messages, thinking: { type: 'disabled' }, reasoning_effort: 'low' },
      400,
    ],
    ['thinking as it likes', { model: HELD, messages, thinking: { type: 'auto' } }, 400],
    ['an unknown field', { model: HELD, messages, n: 2 }, 400],
    ['no message', { model: HELD, messages: [] }, 400],
    ['an unknown model', { model: 'doubao-1-5-pro', messages }, 404],
  ])('does not take %s', async (_what, body, status) => {
    expect((await ask(body)).status).toBe(status);
    expect(ark.journal.purchases).toEqual([]);
  });

  test('of OpenAI takes nothing that is Ark’s', async () => {
    const body = { model: 'gpt-4o-mini', messages };
    expect((await ask(body, openAi)).status).toBe(200);
    expect((await ask({ ...body, thinking: { type: 'disabled' } }, openAi)).status).toBe(400);
    expect((await ask({ ...body, model: HELD }, openAi)).status).toBe(404);
  });

  test.skipIf(!hasVendorSchemas)('answers as OpenAI describes it', async () => {
    const schema = loadVendorSchema('openai');
    for (const [of, model] of [
      [ark, HELD],
      [openAi, 'gpt-4o-mini'],
    ] as const) {
      const answer = await (await ask({ model, messages }, of)).json();
      schema.assertAnswer('POST', '/chat/completions', 200, answer);
    }
    const refused = await (await ask({ model: HELD, messages }, openAi)).json();
    schema.assertShape('ErrorResponse', refused);
  });
});
