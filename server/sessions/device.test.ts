import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeDevice } from './device.ts';

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
    'Edge 142 on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    'Safari 26 on iPhone',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0',
    'Firefox 145 on macOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'Chrome 142 on Android',
  ],
  ['clipt-checks/1.0', 'clipt-checks/1.0'],
  [undefined, 'unknown'],
])('%s is shown as %s', (userAgent, words) => {
  expect(describeDevice(userAgent)).toBe(words);
});

test('whatever a client calls itself, it is shown in at most 120 printable characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 160 }), (userAgent) => {
      expect(describeDevice(userAgent)).toMatch(/^[\x20-\x7e]{1,120}$/);
    }),
  );
});
