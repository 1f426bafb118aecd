import { expect, test } from 'vitest';
import { asProblem, Problem } from './problem.ts';

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

test('what is unknown says nothing of itself', () => {
  const problem = asProblem(new Error('select secret from canary'));
  expect(problem).toMatchObject({ kind: 'internal', code: 'internal' });
  expect(`${problem.message} ${problem.action}`).not.toContain('canary');
});
