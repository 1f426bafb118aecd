import pg from 'pg';
import { Problem } from '../problem.ts';
import { DrizzleQueryError } from './drizzle.ts';
import { errorCode } from './error-codes.ts';
import {
  databaseConflict,
  databaseDenied,
  databaseRejected,
  databaseTimeout,
  databaseUnavailable,
  diskFull,
} from './errors.ts';

/** Socket errors that mean the server is not there, or no longer. ENOENT is a missing Unix socket. */
const SOCKET_LOSSES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** node-postgres gives these no code (pg 8: client.js, query.js; pg-pool: index.js). */
const DRIVER_LOSSES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout|timeout expired|Connection ended|The server does not support SSL)/;

/**
 * What the driver or the query builder threw, as a Problem. The query builder's own error, whose
 * message is the statement with its parameters, is left behind; the driver's stays as the cause.
 */
export function asDatabaseProblem(thrown: unknown): Problem {
  const error = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  if (error instanceof Problem) return error;
  const code = errorCode(error);
  if (code === undefined) {
    const lost = error instanceof Error && DRIVER_LOSSES.test(error.message);
    return lost ? databaseUnavailable(error) : databaseRejected(error);
  }
  if (SOCKET_LOSSES.has(code)) return databaseUnavailable(error);
  return bySqlState(code, error);
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function bySqlState(state: string, error: unknown): Problem {
  if (state.startsWith('08') || state.startsWith('57P')) return databaseUnavailable(error);
  if (state === '53300' || state === '25P03') return databaseUnavailable(error);
  if (state === '53100') return diskFull(error);
  if (state === '40001' || state === '40P01') return databaseConflict(error);
  if (state === '57014' || state === '55P03') return databaseTimeout(error);
  if (state.startsWith('28') || state === '3D000') return databaseDenied(error);
  return databaseRejected(error);
}

/** True when `error` says that a row with this key exists already (of that constraint, if named). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const found = error instanceof Problem ? error.cause : error;
  if (!(found instanceof pg.DatabaseError) || found.code !== '23505') return false;
  return constraint === undefined || found.constraint === constraint;
}
