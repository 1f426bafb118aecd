import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { ModelCall, Usage } from '../models.ts';
import { holdsToSchema } from './capabilities.ts';
import type { ChatMessage, makeChat } from './chat.ts';
import { arkProblem } from './errors.ts';
import { chatUsage } from './prices.ts';
import { formPrompt, repairPrompt } from './prompts.ts';
import type { ChatAnswer } from './wire.ts';
import type { Judgement } from './written.ts';

export type Question<Form, T> = {
  /** Names the form to the service; letters and underscores. */
  readonly name: string;
  /** A prompt of ours, without a word of a user's. */
  readonly instructions: string;
  /** What the user gave, and numbers of ours; written as JSON, so that no text in it can end its string. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly form: z.ZodType<Form>;
  readonly judge: (answer: Form) => Judgement<T>;
  readonly maxTokens: number;
  readonly temperature: number;
};

/** Longest part of an unusable answer that is shown to the model again. */
const MAX_SHOWN_CHARS = 30_000;
const MAX_FAULTS = 5;

/**
 * Asks the chat model and judges the answer; one that does not fit is sent back once with what is wrong with it.
 * Rejects with `provider_answer_unusable` when the second does not fit either.
 */
export function makeAsk(options: {
  readonly chat: ReturnType<typeof makeChat>;
  readonly model: string;
  readonly log: Log;
  readonly now: Clock;
}) {
  const { chat, model, log, now } = options;
  const isHeld = holdsToSchema(model);

  return async function ask<Form, T>(question: Question<Form, T>, call: ModelCall): Promise<T> {
    const schema = schemaOf(question.form);
    const { name, maxTokens, temperature } = question;
    const asked: readonly ChatMessage[] = [
      { role: 'system', content: question.instructions + (isHeld ? '' : formPrompt(schema)) },
      { role: 'user', content: JSON.stringify(question.data) },
    ];
    const answers: ChatAnswer[] = [];
    const tryOnce = async (messages: readonly ChatMessage[]) => {
      const held = isHeld ? { name, schema } : null;
      const answer = await chat({ messages, schema: held, maxTokens, temperature }, call.signal);
      answers.push(answer);
      const text = textOf(answer);
      return { text, ...judge(text, question) };
    };
    try {
      const first = await tryOnce(asked);
      if (first.value !== null && first.wishes.length === 0) return first.value;
      const { faults, wishes } = first;
      log.info('ark answer sent back', { count: faults.length + wishes.length });
      const second = await tryOnce([
        ...asked,
        { role: 'assistant', content: first.text.slice(0, MAX_SHOWN_CHARS) },
        { role: 'user', content: repairPrompt([...faults, ...wishes]) },
      ]).catch((error: unknown) => {
        if (first.value === null || call.signal.aborted) throw error;
        return first;
      });
      const value = second.value ?? first.value;
      if (value === null) throw arkProblem('unusable');
      return value;
    } finally {
      const usage = sum(answers, model, now);
      if (usage) call.bought?.(usage);
    }
  };
}

/** The JSON schema of a form, in the few words that every model understands: every key required, no others. */
function schemaOf(form: z.ZodType): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(form);
  return schema;
}

/** What the model wrote. Throws when it was stopped before its end: asking in other words would not help. */
function textOf(answer: ChatAnswer): string {
  const [{ finish_reason: reason, message }] = answer.choices;
  if (reason === 'content_filter') throw arkProblem('refusedContent');
  if (reason === 'length') throw arkProblem('unusable');
  return message.content ?? '';
}

function judge<Form, T>(text: string, question: Question<Form, T>): Judgement<T> {
  const answer = question.form.safeParse(jsonIn(text));
  if (answer.success) return question.judge(answer.data);
  const faults = answer.error.issues
    .slice(0, MAX_FAULTS)
    .map(({ path, message }) => `${path.join('.') || 'The answer'}: ${message}`);
  return { value: null, faults, wishes: [] };
}

/** The JSON object in a text that may have a fence or a sentence around it. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  } catch {
    return null;
  }
}

/** All that one question cost; null where the vendor did not say. */
function sum(answers: readonly ChatAnswer[], model: string, now: Clock): Usage | null {
  const told = answers.flatMap(({ usage }) => (usage ? [usage] : []));
  if (told.length === 0) return null;
  const prompt = told.reduce((total, { prompt_tokens }) => total + (prompt_tokens ?? 0), 0);
  const completion = told.reduce((total, usage) => total + (usage.completion_tokens ?? 0), 0);
  return chatUsage(model, { prompt, completion }, answers.at(-1)?.id ?? null, now);
}
