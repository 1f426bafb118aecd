import type OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { type Egress, EgressFailure } from '../../platform/egress/egress.ts';
import { Problem } from '../../platform/problem.ts';
import { isClearRefusal } from '../vendor-answer.ts';
import { OrderUncertain } from '../vendor-problem.ts';
import { problemOfAnswer, problemOfFailure } from './errors.ts';
import { VENDOR } from './meanings.ts';
import { type ChatAnswer, chatAnswer, readErrorBody } from './wire.ts';

export type ChatMessage = {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
};

export type ChatRequest = {
  readonly messages: readonly ChatMessage[];
  /** A JSON schema the service holds the answer to; null where the model is not held. */
  readonly schema: { readonly name: string; readonly schema: Record<string, unknown> } | null;
  readonly maxTokens: number;
  readonly temperature: number;
};

/** For the longest answer asked for, at the slowest rate seen; the step that waits has its own deadline. */
const TIMEOUT_MS = 120_000;

/** What the vendor takes besides the protocol of OpenAI: Seed models think first unless told not to. */
type ArkParams = ChatCompletionCreateParamsNonStreaming & {
  readonly thinking: { readonly type: 'disabled' };
};

/**
 * One chat completion, once and without retries. Rejects with a `VendorProblem`: `OrderUncertain` where it may have
 * been written, and charged, without our hearing of it.
 */
export function makeChat(options: {
  readonly egress: Egress;
  readonly baseUrl: string;
  readonly model: string;
}) {
  let loading: Promise<OpenAI> | undefined;

  return async function chat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer> {
    loading ??= makeClient(options);
    const client = await loading;
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const { data, error } = await client.chat.completions
      .create(paramsOf(options.model, request), { signal: AbortSignal.any([signal, deadline]) })
      .then(
        (answer) => ({ data: answer, error: undefined }),
        (reason: unknown) => ({ data: undefined, error: reason }),
      );
    if (error !== undefined) throw problemOf(error, signal, deadline);
    const answer = chatAnswer.safeParse(data);
    if (answer.success) return answer.data;
    throw new OrderUncertain(VENDOR, answer.error);
  };
}

/** Loaded with the first request: the SDK is large, and most commands write nothing. */
async function makeClient(options: Parameters<typeof makeChat>[0]): Promise<OpenAI> {
  const { default: Client } = await import('openai');
  return new Client({
    // The egress puts ours in its place.
    apiKey: 'none',
    baseURL: options.baseUrl,
    fetch: refusing(options.egress.fetch),
    maxRetries: 0,
    // What the SDK would otherwise take from the environment, and send or print.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

function paramsOf(model: string, request: ChatRequest): ArkParams {
  const { messages, schema, maxTokens, temperature } = request;
  return {
    model,
    messages: [...messages],
    thinking: { type: 'disabled' },
    max_tokens: maxTokens,
    temperature,
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { ...schema, strict: true } },
    }),
  };
}

/** A fetch that rejects with our own problem where the vendor answers with an error, as all of its clients do here. */
function refusing(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.ok) return response;
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      bytes: Buffer.from(await response.arrayBuffer()),
    };
    const problem = problemOfAnswer(answer);
    const isClear = isClearRefusal(answer, readErrorBody(answer.bytes) !== null);
    throw isClear ? problem : new OrderUncertain(VENDOR, problem);
  };
}

/** What the SDK threw, by what lies beneath it. */
function problemOf(error: unknown, signal: AbortSignal, deadline: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (deadline.aborted) return new OrderUncertain(VENDOR, error);
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof EgressFailure && at.mayHaveArrived) return new OrderUncertain(VENDOR, at);
    if (at instanceof Problem) return problemOfFailure(at);
  }
  // The SDK could not read the answer.
  return new OrderUncertain(VENDOR, error);
}
