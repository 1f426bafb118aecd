import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeArkTextModel } from '../../server/models/ark/text.ts';
import type { ScriptBrief, TextModel, Usage } from '../../server/models/models.ts';
import { silentLog } from '../../server/platform/log.ts';
import { type ArkStandIn, startArk } from '../../stand-ins/ark.ts';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { chatRules } from './ark-rules.ts';

const HELD = 'seed-2-0-lite-260228';
const FREE = 'seed-2-0-lite-260428';

let dir: string;
let ark: ArkStandIn;
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/clipt-ark-text-`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  ark = await startArk({ cacheDir: dir });
});
afterEach(async () => {
  for (const { body, headers } of ark.journal.of('chat')) {
    expect(chatRules.safeParse(body.kind === 'json' ? body.value : null).error).toBe(undefined);
    expect(headers.authorization).toBe('Bearer ark-key');
  }
  await ark.close();
});

const model = (id = HELD): TextModel =>
  makeArkTextModel({
    ...{ apiKeys: ['ark-key'], baseUrl: ark.baseUrl, model: id },
    ...{ maxCalls: 4, log: silentLog },
  });
const call = () => ({ signal: AbortSignal.timeout(20_000) });
const brief: ScriptBrief = {
  ...{ topic: 'Why octopuses have three hearts', seconds: 30, language: 'en' },
  ...{ tone: null, idea: null },
};
const strike = (fault: FaultRule['fault'], times = 1) =>
  ark.faults.add({ route: 'chat', fault, times });

describe.each([HELD, FREE])('a writer with %s', (id) => {
  test('writes ideas, scripts, visuals and better prompts, and says what they cost', async () => {
    const writer = model(id);
    const bought: Usage[] = [];
    const told = { ...call(), bought: (usage: Usage) => bought.push(usage) };
    const ideas = await writer.writeIdeas({ topic: 'tides', count: 3, language: 'en' }, told);
    expect(new Set(ideas.map(({ title }) => title)).size).toBe(3);
    const script = await writer.writeScript({ ...brief, idea: ideas[0] ?? null }, told);
    expect(script.scenes.length).toBeGreaterThan(2);
    const narrations = script.scenes.map(({ narration }) => narration);
    const visuals = await writer.writeVisuals({ title: script.title, narrations }, told);
    expect(visuals).toHaveLength(narrations.length);
    expect(await writer.enhancePrompt({ prompt: 'a cat on a roof' }, told)).toContain('cat');
    expect(bought.map(({ unit, units }) => [unit, units > 100])).toEqual(
      Array.from({ length: 4 }, () => ['tokens', true]),
    );
  });
});

describe('an answer of a chat model', () => {
  test.each(['no-json', 'other-form'] as const)(
    'that fails by %s is asked for once more',
    async (how) => {
      strike({ kind: 'answer', how });
      expect((await model().writeScript(brief, call())).scenes.length).toBeGreaterThan(2);
      strike({ kind: 'answer', how }, 2);
      await expect(model().writeScript(brief, call())).rejects.toMatchObject({
        code: 'provider_answer_unusable',
      });
    },
  );

  test.each<[FaultRule['fault'], string, string]>([
    [{ kind: 'answer', how: 'content-filter' }, 'provider_refused_content', 'fail'],
    [{ kind: 'answer', how: 'cut' }, 'provider_answer_unusable', 'retry'],
    [{ kind: 'refuse', status: 400 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 401 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 403 }, 'provider_rejected_key', 'fail'],
    [
      { kind: 'refuse', status: 400, code: 'InputTextRiskDetection' },
      'provider_refused_content',
      'fail',
    ],
    [{ kind: 'refuse', status: 429 }, 'provider_busy', 'retry'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable', 'retry'],
    [{ kind: 'html' }, 'order_uncertain', 'retry'],
    [{ kind: 'malformed' }, 'order_uncertain', 'retry'],
    [{ kind: 'truncate' }, 'order_uncertain', 'retry'],
    [{ kind: 'missing', fields: ['choices'] }, 'order_uncertain', 'retry'],
    [{ kind: 'reset', when: 'before' }, 'order_uncertain', 'retry'],
    [{ kind: 'reset', when: 'after' }, 'order_uncertain', 'retry'],
  ])('spoiled by %o is %s: %s', async (fault, code, recovery) => {
    strike(fault);
    await expect(model().writeScript(brief, call())).rejects.toMatchObject({ code, recovery });
    expect(ark.journal.of('chat')).toHaveLength(1);
  });

  test('may be late, slow and fuller than we know', async () => {
    for (const fault of [
      { kind: 'latency', ms: 30 },
      { kind: 'trickle', bytes: 500, everyMs: 1 },
      { kind: 'extra' },
    ] as const) {
      strike(fault);
    }
    expect(await model().enhancePrompt({ prompt: 'a cat' }, call())).toContain('cat');
  });
});
