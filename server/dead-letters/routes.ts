import { z } from 'zod';
import type { AuditEntry } from '../audit/audit.ts';
import { type Caller, defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf } from '../platform/http/pages.ts';
import { holderOf } from '../platform/http/who-may-ask.ts';
import { letterId, letterQuery, retriedLetter, shownLetter } from './contract.ts';
import type { DeadLetters, RetriedLetter } from './dead-letters.ts';
import { presentLetter } from './present.ts';

const common = { tag: 'Support', access: 'admin' } as const;
const LIST = 'dead_letters';

/** What came to nothing, for staff. */
export function makeDeadLetterEndpoints({
  deadLetters,
  pager,
}: {
  readonly deadLetters: DeadLetters;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/admin/dead-letters',
      operationId: 'listDeadLetters',
      summary: 'What failed for good or stays uncertain, newest first',
      limit: 'read',
      query: letterQuery,
      answers: {
        200: {
          description: 'A page of dead letters',
          body: pageOf(shownLetter, 'DeadLetterPage'),
        },
      },
      async handle({ caller, query: { limit, cursor, kind = null } }) {
        const wish = { before: pager.read(cursor, LIST), limit };
        const found = await deadLetters.list(staffOf(caller), kind, wish);
        const body = pager.answer(found, limit, LIST, ({ place }) => place, presentLetter);
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/admin/dead-letters/{id}/retry',
      operationId: 'retryDeadLetter',
      summary: 'Try one of them again, once however often it is asked for',
      description:
        'A purchase that is uncertain is never bought again: 409 `purchase_uncertain` says what to do.',
      stepUp: true,
      limit: 'write',
      params: z.object({ id: letterId }),
      answers: { 200: { description: 'It is on its way again', body: retriedLetter } },
      async handle({ caller, params: { id }, saveAnswer }) {
        const answerFor = (letter: RetriedLetter) => ({
          status: 200,
          body: { ...letter, retried: true },
        });
        const retried = await deadLetters.retry(staffOf(caller), id, (tx, letter) =>
          saveAnswer(tx, answerFor(letter)),
        );
        return answerFor(retried);
      },
    }),
  ];
}

function staffOf(caller: Caller): AuditEntry['actor'] {
  return { kind: 'admin', accountId: holderOf(caller) };
}
