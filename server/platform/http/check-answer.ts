import type { Endpoint } from './endpoint.ts';

/**
 * What is wrong with an answer that an endpoint gave, against what it documents; null when nothing is. For checks: in
 * production nobody pays for reading every answer again.
 */
export function checkAnswer(endpoint: Endpoint, status: number, body: unknown): string | null {
  const documented = endpoint.answers[status];
  const about = `${endpoint.operationId} ${status}`;
  if (!documented) return `${about}: not among the documented answers`;
  if (!documented.body)
    return body === undefined ? null : `${about}: a body where none is documented`;
  const parsed = documented.body.safeParse(body);
  if (parsed.success) return null;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return `${about}: ${faults.join('; ')}`;
}
