import { ZodError } from 'zod';
import { type FaultBook, faultRule } from './faults.ts';
import type { Journal } from './journal.ts';
import { jsonReply } from './reply.ts';
import type { Route } from './route.ts';

/**
 * How another process steers a stand-in, as JSON below `/_stand-in`: `GET journal` (`?route=`), `GET counts`,
 * `GET purchases`, `GET`, `POST` and `DELETE faults`, `POST reset`.
 */
export function adminRoutes({
  journal,
  faults,
  forget,
}: {
  readonly journal: Journal;
  readonly faults: FaultBook;
  readonly forget: () => void;
}): readonly Route[] {
  return [
    steer('GET', 'journal', ({ query }) => {
      const route = query.get('route');
      return route === null ? journal.entries : journal.of(route);
    }),
    steer('GET', 'counts', () => journal.counts()),
    steer('GET', 'purchases', () => journal.purchases),
    steer('GET', 'faults', () => faults.list()),
    steer('POST', 'faults', ({ body }) => {
      faults.add(faultRule.parse(body.kind === 'json' ? body.value : null));
      return faults.list();
    }),
    steer('DELETE', 'faults', () => {
      faults.clear();
      return faults.list();
    }),
    steer('POST', 'reset', () => {
      forget();
      return {};
    }),
  ];
}

/** A route that steers: answers with JSON, and 400 for what it cannot read. */
export function steer(
  method: Route['method'],
  name: string,
  handle: (ask: Parameters<Route['handle']>[0]) => unknown,
): Route {
  return {
    name,
    method,
    path: `/_stand-in/${name}`,
    async handle(ask) {
      try {
        return jsonReply(await handle(ask));
      } catch (error) {
        if (!(error instanceof ZodError)) throw error;
        return jsonReply({ error: error.message }, { status: 400 });
      }
    },
  };
}
