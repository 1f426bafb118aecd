import { expect, test, vi } from 'vitest';
import { Problem } from '../platform/problem.ts';
import { EXIT, reportProblem } from './exit.ts';

/** What the person at the terminal reads, and the exit status. */
function told(error: unknown): { readonly text: string; readonly status: number } {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const status = reportProblem(error, false);
    return { text: write.mock.calls.map(([chunk]) => String(chunk)).join(''), status };
  } finally {
    write.mockRestore();
  }
}

test('an internal error is told by its name and code, and by none of its words', () => {
  const broken = Object.assign(new TypeError('canary of words'), { code: 'ECANARY' });
  const { text, status } = told(broken);
  expect(text).toMatch(/^clipt: Something went wrong inside clipt\. .* \(TypeError ECANARY\)\n$/);
  expect(text).not.toContain('words');
  expect(status).toBe(EXIT.failed);
});

test('what somebody can mend is told as it is, without the error behind it', () => {
  const cause = new TypeError('behind');
  const problem = new Problem({
    kind: 'invalid',
    code: 'x',
    message: 'No.',
    action: 'Yes.',
    cause,
  });
  expect(told(problem)).toEqual({ text: 'clipt: No. Yes.\n', status: EXIT.failed });
});
