import { Problem } from '../problem.ts';

/** The work's answer, or `timed_out` once its time is over; then `onLate` is called as well. */
export function withinTime<T>(
  work: () => Promise<T>,
  timeoutMs: number,
  onLate: () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const working = work();
    const timer = setTimeout(() => {
      reject(new TookTooLong());
      onLate();
    }, timeoutMs);
    working.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
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
