import { pino } from 'pino';

/**
 * The only fields a log line may carry. Anything else is dropped before it reaches the writer, so a
 * body, prompt or secret cannot be logged by mistake.
 */
export type LogFields = {
  account_id?: string;
  video_id?: string;
  run_id?: string;
  step_id?: string;
  step_kind?: string;
  queue?: string;
  job_id?: string;
  worker_id?: string;
  attempt?: number;
  code?: string;
  kind?: string;
  status?: string | number;
  duration_ms?: number;
  size_bytes?: number;
  count?: number;
  pid?: number;
  port?: number;
  version?: string;
  error_name?: string;
  request_id?: string;
  seq?: number;
  hash?: string;
  category?: string;
  rule_id?: string;
  /** Names of variables, never their values. */
  settings?: string;
  /** Of the API, by its id in the document. */
  operation?: string;
};

/** Every allowed field by name, so that the list and the type cannot drift apart. */
const ALLOWED: { readonly [Field in keyof Required<LogFields>]: true } = {
  account_id: true,
  video_id: true,
  run_id: true,
  step_id: true,
  step_kind: true,
  queue: true,
  job_id: true,
  worker_id: true,
  attempt: true,
  code: true,
  kind: true,
  status: true,
  duration_ms: true,
  size_bytes: true,
  count: true,
  pid: true,
  port: true,
  version: true,
  error_name: true,
  request_id: true,
  seq: true,
  hash: true,
  category: true,
  rule_id: true,
  settings: true,
  operation: true,
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: a fixed event name (never interpolated user text) and allow-listed fields. */
export type Log = { readonly [Level in LogLevel]: (event: string, fields?: LogFields) => void };

/** A log that writes JSON lines to `destination` (stderr by default), nothing below `level`. */
export function makeLog(
  level: LogLevel | 'silent',
  destination: { write(line: string): void } = process.stderr,
): Log {
  const writer = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const at =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}) =>
      writer[name](onlyAllowed(fields), event);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Longest value a field may carry: ids, codes and names are short; anything longer is a body. */
const MAX_FIELD_CHARS = 128;

function onlyAllowed(fields: LogFields): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name in ALLOWED)
      .filter(([, value]) => typeof value !== 'string' || value.length <= MAX_FIELD_CHARS),
  );
}

export const silentLog: Log = makeLog('silent');
