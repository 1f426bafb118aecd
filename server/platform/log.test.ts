import { expect, test } from 'vitest';
import { makeLog } from './log.ts';

function capture() {
  const lines: string[] = [];
  return { lines, log: makeLog('debug', { write: (line) => lines.push(line) }) };
}

test('listed fields are written with the event', () => {
  const { lines, log } = capture();
  log.info('step.succeeded', { step_id: 'stp_1', duration_ms: 5 });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'step.succeeded',
    step_id: 'stp_1',
    duration_ms: 5,
  });
});

test('a field that is not listed is dropped, whatever the caller was typed as', () => {
  const { lines, log } = capture();
  const fields = { code: 'x', prompt: 'a canary', headers: { cookie: 'a canary' } };
  log.error('job.failed', fields);
  expect(lines.join('')).not.toContain('canary');
  expect(lines.join('')).toContain('"code":"x"');
});

test('a value as long as a body is dropped, even in a listed field', () => {
  const { lines, log } = capture();
  log.warn('job.failed', { code: 'canary '.repeat(40), kind: 'internal' });
  expect(lines.join('')).not.toContain('canary');
  expect(lines.join('')).toContain('internal');
});
