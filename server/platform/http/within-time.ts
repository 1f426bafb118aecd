import { Problem } from '../problem.ts';

/** The work's answer, or `timed_out` once its time is over; then `onLate` is called as well. */
export async function withinTime<T>(
  work: () => Promise<T>,
  timeoutMs: number,
  onLate: () => void,
): Promise<T> {
  const answer = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    answer.reject(new TookTooLong());
    onLate();
  }, timeoutMs);
  try {
    work().then(answer.resolve, answer.reject);
    return await answer.promise;
  } finally {
    clearTimeout(timer);
  }
}

class TookTooLong extends Problem {
  constructor() {
    super({
      kind: 'exhausted',
      code: 'timed_out',
      message: 'The answer took longer than its limit.',
      action: 'Ask again; what was begun goes on.',
      retryable: true,
    });
  }
}
