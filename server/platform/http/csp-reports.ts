import { z } from 'zod';
import type { Log } from '../log.ts';
import { defineEndpoint, type Endpoint } from './endpoint.ts';

/** Takes browsers' reports of what the content policy stopped: counted, never kept. */
export function makeCspReportEndpoint(log: Log): Endpoint {
  return defineEndpoint({
    method: 'post',
    path: '/csp-reports',
    operationId: 'reportCsp',
    summary: 'Reports of the content security policy',
    tag: 'Service',
    access: 'public',
    limit: 'read',
    idempotent: false,
    maxBodyBytes: 64 * 1024,
    bodyType: 'application/reports+json',
    body: z.unknown(),
    answers: { 204: { description: 'Taken' } },
    async handle({ body }) {
      log.warn('csp.reported', { count: Array.isArray(body) ? body.length : 1 });
      return { status: 204 };
    },
  });
}
