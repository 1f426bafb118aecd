import { randomBytes } from 'node:crypto';
import { type Fault, faultOf } from '../faults.ts';
import type { ChatRequest } from './request.ts';
import { writeAnswer } from './write.ts';

const CHARACTERS_PER_TOKEN = 4;
const USUAL_TOKENS = 4_096;
/** What a model writes that pays no heed to the form. */
const OTHER_FORM = { remark: 'Here is what you asked for.', items: [{ nr: '1' }] };

/** A chat completion: real text for the schema that is asked for, or what a fault makes of it. */
export async function complete(
  request: ChatRequest,
  faults: readonly Fault[],
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const how = faultOf(faults, 'answer')?.how ?? null;
  const { content, reason } = await write(request, how, signal);
  const prompt = tokensIn(request.messages.map((message) => message.content).join('\n'));
  const completion = tokensIn(content);
  return {
    id: `0217${randomBytes(12).toString('hex')}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [
      {
        index: 0,
        finish_reason: reason,
        logprobs: null,
        message: { role: 'assistant', content, refusal: null },
      },
    ],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    service_tier: 'default',
  };
}

type Written = { readonly content: string; readonly reason: 'stop' | 'length' | 'content_filter' };

async function write(
  request: ChatRequest,
  how: Extract<Fault, { kind: 'answer' }>['how'] | null,
  signal: AbortSignal,
): Promise<Written> {
  if (how === 'content-filter') return { content: '', reason: 'content_filter' };
  if (how === 'no-json') return { content: 'Sure! Here it is: {"scenes": [', reason: 'stop' };
  if (how === 'other-form') return { content: JSON.stringify(OTHER_FORM), reason: 'stop' };
  const content = await writeAnswer(request, signal);
  const most = request.max_tokens ?? request.max_completion_tokens ?? USUAL_TOKENS;
  const room = how === 'cut' ? Math.floor(content.length / 2) : most * CHARACTERS_PER_TOKEN;
  if (content.length <= room) return { content, reason: 'stop' };
  return { content: content.slice(0, room), reason: 'length' };
}

const tokensIn = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
