import type { Log } from '../log.ts';
import { type Problem, reasonOf, toProblemJson } from '../problem.ts';
import type { Answer } from './endpoint.ts';
import type { Exchange } from './exchange.ts';
import { type HeaderPolicy, securityHeaders } from './security-headers.ts';

const OWN_NAMES = [
  'X-Request-Id',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Cache-Control',
  'Content-Type',
];

/** What a problem looks like to somebody who went to an address in a browser, as a whole HTML document. */
export type ProblemPage = (problem: ReturnType<typeof toProblemJson>) => string;

/**
 * Writes answers with the headers that all of them have. The headers stay a plain object up to the socket: building
 * and copying `Headers` costs more than everything else here together.
 */
export function makeResponses({
  policy,
  problemPage,
  log,
}: {
  readonly policy: HeaderPolicy;
  readonly problemPage?: ProblemPage;
  readonly log: Log;
}) {
  const fixed = securityHeaders(policy);
  /** How we spell a header, so that a handler's spelling replaces ours and does not stand beside it. */
  const spelling = new Map(
    [...Object.keys(fixed), ...OWN_NAMES].map((name) => [name.toLowerCase(), name]),
  );

  function headersOf(exchange: Exchange, own: Readonly<Record<string, string>>) {
    const headers: Record<string, string> = { ...fixed, 'X-Request-Id': exchange.requestId };
    if (exchange.caller !== null) headers['Cache-Control'] = 'no-store';
    if (exchange.limits) {
      headers['RateLimit-Limit'] = String(exchange.limits.limit);
      headers['RateLimit-Remaining'] = String(exchange.limits.remaining);
      headers['RateLimit-Reset'] = String(exchange.limits.resetSeconds);
    }
    for (const name in own) {
      headers[spelling.get(name.toLowerCase()) ?? name] = own[name] ?? '';
    }
    return headers;
  }

  return {
    ofAnswer(exchange: Exchange, { status, body, json, headers = {} }: Answer): Response {
      const text = json ?? (body === undefined ? null : JSON.stringify(body));
      const type = text === null ? {} : { 'Content-Type': 'application/json' };
      return new Response(text, {
        status,
        headers: headersOf(exchange, { ...type, ...headers }),
      });
    },

    /** The same response with our headers, its own going before ours. */
    ofResponse(exchange: Exchange, response: Response): Response {
      const headers = headersOf(exchange, {});
      try {
        for (const name in headers) {
          if (!response.headers.has(name)) response.headers.set(name, headers[name] ?? '');
        }
        return response;
      } catch {
        // Redirects and fetched responses cannot be changed, only made again.
        const own = Object.fromEntries(response.headers);
        const { status, body } = response;
        return new Response(body, { status, headers: headersOf(exchange, own) });
      }
    },

    /** `isVisit`: a browser shows the answer as a page of its own, somebody went there. */
    ofProblem(
      exchange: Exchange,
      problem: Problem,
      { isVisit }: { readonly isVisit: boolean },
    ): Response {
      const { requestId, path } = exchange;
      const { status, code } = problem;
      if (status >= 500 && problem.kind !== 'canceled') {
        const operation = exchange.operation === null ? {} : { operation: exchange.operation };
        const fields = { code, status, request_id: requestId };
        log.error('request.failed', { ...fields, ...operation, ...reasonOf(problem) });
      }
      const told = toProblemJson(problem, { instance: path, requestId });
      const page = isVisit ? problemPage?.(told) : undefined;
      return new Response(page ?? JSON.stringify(told), {
        status,
        headers: headersOf(exchange, {
          'Cache-Control': 'no-store',
          ...problem.headers,
          'Content-Type': page ? 'text/html; charset=utf-8' : 'application/problem+json',
        }),
      });
    },
  };
}
