import type { Log, LogFields } from '../platform/log.ts';
import type { Fault } from './reports.ts';

/** Only what looks like a word of ours is reported. */
const WORD = /^[\w.:-]{1,80}$/;

/** The same log, whose error lines are reported as well, whatever level is written. */
export function makeReportingLog(log: Log, report: (fault: Fault) => void): Log {
  return {
    ...log,
    error(event, fields = {}) {
      log.error(event, fields);
      report(faultOf(event, fields));
    },
  };
}

function faultOf(
  event: string,
  { code, step_kind, queue, operation, request_id }: LogFields,
): Fault {
  const line = event.replaceAll(' ', '_');
  return {
    code: wordOf(code) ?? line,
    stage: wordOf(step_kind) ?? wordOf(queue) ?? line,
    operation: wordOf(operation),
    requestId: wordOf(request_id),
  };
}

function wordOf(text: string | undefined): string | null {
  return text !== undefined && WORD.test(text) ? text : null;
}
