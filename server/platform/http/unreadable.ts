import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, toProblemJson } from '../problem.ts';
import { newExchange } from './exchange.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers to what never became a request: they too are problem documents with every header. */

/** What Node's parser tells, as a status and what was wrong. */
const PARSER_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** Answers on the bare socket and closes it. */
export function answerParserError(error: Error, socket: Duplex, isTls: boolean): void {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = PARSER_ERRORS[code] ?? [400, 'The request is not one of HTTP.'];
  const { headers, body } = write(unreadable(status, message), isTls);
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}Connection: close\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}

/** For a request whose Host or target cannot be read, and for what failed outside the application. */
export function makeBadTargetAnswer(isTls: boolean) {
  return (error: unknown): Response => {
    const isTarget = error instanceof Error && error.name === 'RequestError';
    const problem = isTarget
      ? unreadable(400, 'The Host or the address of the request cannot be read.')
      : new Problem({ kind: 'internal', code: 'internal', message: 'Something went wrong.' });
    const { headers, body } = write(problem, isTls);
    return new Response(body, { status: problem.status, headers });
  };
}

function unreadable(status: number, message: string): Problem {
  return new Problem({
    kind: 'invalid',
    code: 'malformed_request',
    status,
    message,
    action: 'Correct the request.',
  });
}

function write(problem: Problem, isTls: boolean) {
  const { requestId, path: instance } = newExchange('/');
  return {
    headers: {
      ...securityHeaders({ hsts: isTls, storageOrigins: [], signInOrigin: null }),
      'X-Request-Id': requestId,
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
    },
    body: JSON.stringify(toProblemJson(problem, { instance, requestId })),
  };
}
