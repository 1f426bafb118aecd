import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePidFile } from './pid-file.ts';

test('a complete file gives the process and the socket folder', () => {
  const text = '4711\n/data/postgres\n1795486347\n5432\n/run/clipt\n\n 16041034 4\nready   \n';
  expect(parsePidFile(text)).toEqual({ pid: 4711, socketDir: '/run/clipt' });
});

test('a file still being written gives the process alone', () => {
  expect(parsePidFile('4711\n/data/postgres\n')).toEqual({ pid: 4711, socketDir: undefined });
});

test('whatever the text, the process is a positive number or there is none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const pid = parsePidFile(text)?.pid;
      expect(pid === undefined || (Number.isSafeInteger(pid) && pid > 0)).toBe(true);
    }),
  );
});
