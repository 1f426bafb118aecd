import { z } from 'zod';
import { complete } from '../chat/complete.ts';
import { commonFields, readChat } from '../chat/request.ts';
import { jsonReply } from '../reply.ts';
import { type Ask, Refused, type Route } from '../route.ts';
import { openAiHeaders } from './errors.ts';

const chatForm = z.strictObject(commonFields);

/** Chat by the plain protocol: what other vendors add to it is refused. */
export function openAiChatRoute(path: string, authorize: (ask: Ask) => void): Route {
  return {
    ...{ name: 'chat', method: 'POST', path },
    async handle(ask) {
      authorize(ask);
      const request = readChat(ask.body, chatForm, null);
      if (!request.model.startsWith('gpt-')) {
        throw new Refused(404, null, `The model '${request.model}' does not exist.`, 'model');
      }
      const answer = await complete(request, ask.faults, ask.signal);
      ask.bought({
        id: String(answer['id']),
        key: JSON.stringify(request.messages),
        details: { model: request.model },
      });
      return jsonReply(answer, { headers: openAiHeaders() });
    },
  };
}
