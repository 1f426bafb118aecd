import { z } from 'zod';
import { complete } from '../chat/complete.ts';
import { type ChatRequest, commonFields, readChat } from '../chat/request.ts';
import { jsonReply } from '../reply.ts';
import { type Ask, Refused, type Route } from '../route.ts';
import { isHeldModel } from './chat-models.ts';
import { newRequestId } from './errors.ts';

/** What the vendor takes besides the protocol of OpenAI. */
const chatForm = z.strictObject({
  ...commonFields,
  thinking: z.strictObject({ type: z.enum(['enabled', 'disabled', 'auto']) }).optional(),
});

/** Chat as ModelArk does it: which models hold to a schema, and which fields exclude each other. */
export function arkChatRoute(path: string, authorize: (ask: Ask) => void): Route {
  return {
    ...{ name: 'chat', method: 'POST', path },
    async handle(ask) {
      authorize(ask);
      const request = readChat(ask.body, chatForm, 'InvalidParameter');
      check(request);
      const answer = await complete(request, ask.faults, ask.signal);
      ask.bought({
        id: String(answer['id']),
        key: JSON.stringify(request.messages),
        details: { model: request.model },
      });
      return jsonReply(answer, { headers: { 'x-request-id': newRequestId() } });
    },
  };
}

function check(request: ChatRequest & z.infer<typeof chatForm>): void {
  const { model, response_format: format, thinking, reasoning_effort: effort } = request;
  const isHeld = isHeldModel(model);
  if (isHeld === null) {
    const message = `The model or endpoint ${model} does not exist.`;
    throw new Refused(404, 'InvalidEndpointOrModel.NotFound', message, 'model');
  }
  const isRefusedFormat =
    format?.type === 'json_object' || (format?.type === 'json_schema' && !isHeld);
  if (isRefusedFormat) throw invalid('response_format.type');
  if (thinking?.type === 'auto' && !model.startsWith('gpt-oss')) throw invalid('thinking.type');
  if (thinking?.type === 'disabled' && effort !== undefined) throw invalid('reasoning_effort');
}

const invalid = (name: string) =>
  new Refused(
    400,
    'InvalidParameter',
    `The parameter ${name} specified in the request is not valid.`,
    name,
  );
