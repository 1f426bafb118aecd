import { z } from 'zod';
import { makeLocalTextModel } from '../../server/models/local/text/text.ts';
import type { TextModel } from '../../server/models/models.ts';
import type { ChatRequest } from './request.ts';
import { type JsonSchema, propertiesOf, sample } from './sample.ts';

/** What our own prompts hand over, and the parts of it that matter here. */
const givenData = z.looseObject({
  topic: z.string().default('the sea'),
  count: z.int().min(1).max(10).default(3),
  seconds: z.number().default(30),
  title: z.string().default(''),
  prompt: z.string().default('the sea'),
  scenes: z.array(z.looseObject({ narration: z.string() })).catch([]),
  idea: z.object({ title: z.string(), hook: z.string(), angle: z.string() }).nullable().catch(null),
});
type GivenData = z.infer<typeof givenData>;

/**
 * What a chat model would write: JSON for the schema that the request holds, by the built-in writer where the
 * schema's names tell what is wanted, else made up from the words of the question; plain text without a schema.
 */
export async function writeAnswer(request: ChatRequest, signal: AbortSignal): Promise<string> {
  const question = request.messages.find(({ role }) => role === 'user')?.content ?? '';
  const schema = schemaOf(request);
  if (!schema) return `In short: ${question.slice(0, 400)}`;
  const data = givenData.parse(objectIn(question) ?? { topic: question, prompt: question });
  const call = { signal };
  const written = await byNames(Object.keys(propertiesOf(schema)), data, call);
  return JSON.stringify(written ?? sample(schema, data.topic));
}

type Call = Parameters<TextModel['writeScript']>[1];

/** Null where the names of the form say nothing to us, or the writer cannot write about that. */
async function byNames(names: readonly string[], data: GivenData, call: Call): Promise<unknown> {
  const writer = makeLocalTextModel();
  const { topic, count, seconds, idea, title } = data;
  try {
    if (names.includes('ideas')) {
      return { ideas: await writer.writeIdeas({ topic, count, language: 'en' }, call) };
    }
    if (names.includes('scenes')) {
      const brief = { topic, seconds, idea, language: 'en', tone: null };
      const { title: called, scenes } = await writer.writeScript(brief, call);
      return { title: called, scenes };
    }
    if (names.includes('visuals')) {
      const narrations = data.scenes.map(({ narration }) => narration);
      const visuals = await writer.writeVisuals({ title, narrations }, call);
      return { visuals: visuals.map((visual, index) => ({ scene: index + 1, visual })) };
    }
    if (names.includes('prompt')) {
      return { prompt: await writer.enhancePrompt({ prompt: data.prompt }, call) };
    }
    return null;
  } catch {
    call.signal.throwIfAborted();
    return plainly(names, data);
  }
}

/** For what the built-in writer does not write about, such as topics in other languages. */
function plainly(names: readonly string[], { topic, count, seconds, prompt, scenes }: GivenData) {
  const subject = topic.slice(0, 80);
  const lines = Array.from({ length: Math.max(1, Math.round(seconds / 5)) }, (_, index) => ({
    narration: `This is beat number ${index + 1} of a film about ${subject}, told calmly.`,
    visual: `A slow shot about ${subject}, part ${index + 1}, soft light, no people.`,
  }));
  if (names.includes('ideas')) {
    const ideas = Array.from({ length: count }, (_, index) => ({
      title: `${subject}, view ${index + 1}`,
      hook: `What is the ${index + 1}. thing about ${subject}?`,
      angle: `Shows ${subject} from side ${index + 1}.`,
    }));
    return { ideas };
  }
  if (names.includes('scenes')) return { title: subject, scenes: lines };
  if (names.includes('prompt')) return { prompt: prompt.slice(0, 1_000) };
  return {
    visuals: scenes.map(({ narration }, index) => ({
      scene: index + 1,
      visual: `A slow shot for: ${narration.slice(0, 200)}`,
    })),
  };
}

/** The schema in its own field, or at the end of the instructions where the model is not held to one. */
function schemaOf({ response_format: format, messages }: ChatRequest): JsonSchema | null {
  if (format?.type === 'json_schema') return format.json_schema.schema;
  const instructions = messages.find(({ role }) => role === 'system')?.content ?? '';
  const told = instructions.slice(instructions.lastIndexOf('JSON schema:'));
  return told.startsWith('JSON schema:') ? objectIn(told) : null;
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
    return z.record(z.string(), z.unknown()).safeParse(json).data ?? null;
  } catch {
    return null;
  }
}
