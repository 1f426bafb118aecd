import { expect, test } from 'vitest';
import {
  asProblem,
  Problem,
  type ProblemInit,
  reasonOf,
  TooMany,
  toProblemJson,
} from './problem.ts';

test('a problem of ours passes unchanged', () => {
  const problem = new Problem({ kind: 'invalid', code: 'x', message: 'X.' });
  expect(asProblem(problem)).toBe(problem);
});

test('a full disk is told as such, however deep it lies', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const wrapped = new Error('could not finish', { cause: new Error('inner', { cause: full }) });
  expect(asProblem(wrapped)).toMatchObject({ code: 'disk_full', kind: 'exhausted' });
});

test('an abort is a cancellation, a deadline is upstream and worth another try', () => {
  expect(asProblem(AbortSignal.abort().reason)).toMatchObject({ kind: 'canceled' });
  const late = new DOMException('late', 'TimeoutError');
  expect(asProblem(late)).toMatchObject({ code: 'timed_out', retryable: true });
});

test('what failed first is told, not what failed while it was being put away', () => {
  const first = new Problem({ kind: 'invalid', code: 'x', message: 'X.' });
  const closing = new SuppressedError(new Error('closing'), first);
  expect(asProblem(new SuppressedError(new Error('closing more'), closing))).toBe(first);
});

test('what is unknown says nothing of itself', () => {
  const problem = asProblem(new Error('select secret from canary'));
  expect(problem).toMatchObject({ kind: 'internal', code: 'internal' });
  expect(`${problem.message} ${problem.action}`).not.toContain('canary');
});

test('of an internal reason no more is logged than names: the error’s and the system’s', () => {
  const missing = Object.assign(new Error('open canary.mp4'), { code: 'ENOENT' });
  expect(reasonOf(asProblem(missing))).toEqual({ error_name: 'Error ENOENT' });
  const worded = Object.assign(new TypeError('canary'), { code: 'a canary of words' });
  expect(reasonOf(asProblem(worded))).toEqual({ error_name: 'TypeError' });
  expect(reasonOf(asProblem('canary'))).toEqual({});
});

test('what is too many is told with whole seconds to wait, and never with none', () => {
  const refused = (retryAfterSeconds: number) =>
    new TooMany({ code: 'x', message: 'X.', retryAfterSeconds });
  for (const [seconds, told] of [
    [0, '1'],
    [-3, '1'],
    [0.2, '1'],
    [59.1, '60'],
  ] as const) {
    const headers = { 'Retry-After': told };
    expect(refused(seconds)).toMatchObject({ status: 429, retryable: true, headers });
  }
});

const status = (kind: ProblemInit['kind'], code = 'x') =>
  new Problem({ kind, code, message: 'X.' }).status;

test('each kind has its HTTP status, and some codes one of their own', () => {
  expect({
    invalid: status('invalid'),
    malformed: status('invalid', 'malformed_json'),
    cursor: status('invalid', 'invalid_cursor'),
    missing: status('not-found'),
    conflict: status('conflict'),
    denied: status('denied'),
    unauthenticated: status('denied', 'unauthenticated'),
    credits: status('exhausted', 'insufficient_credits'),
    exhausted: status('exhausted'),
    upstream: status('upstream'),
    late: status('upstream', 'vendor_timed_out'),
    canceled: status('canceled'),
    internal: status('internal'),
  }).toEqual({
    invalid: 422,
    malformed: 400,
    cursor: 400,
    missing: 404,
    conflict: 409,
    denied: 403,
    unauthenticated: 401,
    credits: 402,
    exhausted: 503,
    upstream: 502,
    late: 504,
    canceled: 503,
    internal: 500,
  });
  expect(new Problem({ kind: 'invalid', code: 'x', message: 'X.', status: 415 }).status).toBe(415);
});

const ABOUT = { instance: '/v1/videos', requestId: 'req_1' };

test('a problem document carries what helps, and details beside it', () => {
  const problem = new Problem({
    kind: 'exhausted',
    code: 'insufficient_credits',
    message: 'The credits do not suffice.',
    action: 'Buy credits.',
    details: { needed: 40, balance: 12 },
    errors: [{ location: 'body.seconds', message: 'Too long.', fix: 'Ask for less.' }],
  });
  expect(toProblemJson(problem, ABOUT)).toEqual({
    type: '/docs/api#problem-insufficient_credits',
    title: 'A limit is reached',
    status: 402,
    detail: 'The credits do not suffice.',
    instance: '/v1/videos',
    code: 'insufficient_credits',
    request_id: 'req_1',
    retryable: false,
    action: 'Buy credits.',
    errors: [{ location: 'body.seconds', message: 'Too long.', fix: 'Ask for less.' }],
    needed: 40,
    balance: 12,
  });
});

test('details cannot take the place of what every problem says', () => {
  const details = { status: 200, code: 'fine', request_id: 'req_2', needed: 1 };
  const problem = new Problem({ kind: 'conflict', code: 'busy', message: 'Busy.', details });
  expect(toProblemJson(problem, ABOUT)).toMatchObject({
    status: 409,
    code: 'busy',
    request_id: 'req_1',
    needed: 1,
  });
});

test('what is unknown is shown without cause, stack or words for operators', () => {
  const cause = new Error('select * from videos where title = canary at /srv/canary.ts');
  const shown = JSON.stringify(toProblemJson(asProblem(cause), ABOUT));
  expect(shown).not.toContain('canary');
  expect(shown).not.toContain('doctor');
});
