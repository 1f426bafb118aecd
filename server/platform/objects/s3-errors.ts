import { S3ServiceException } from '@aws-sdk/client-s3';
import { asProblem, Problem } from '../problem.ts';
import {
  BadByteRange,
  codeOf,
  ObjectNotFound,
  StorageRefused,
  StorageUnavailable,
} from './errors.ts';

/** Node's codes and the SDK's names for a network that does not carry the request. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'CERT_HAS_EXPIRED',
]);

/** What a call to an S3 service threw, as a Problem. */
export function s3Problem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0;
    if (error.name === 'NoSuchKey' || error.name === 'NotFound') return new ObjectNotFound();
    if (status === 416) return new BadByteRange();
    // Also a missing bucket (NoSuchBucket): both are settings that an operator puts right.
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      return new StorageRefused(error);
    }
    return new StorageUnavailable(error);
  }
  if (error instanceof Error && error.name === 'AbortError') return asProblem(error);
  const code = codeOf(error);
  if (code !== null && UNREACHABLE.has(code)) return new StorageUnavailable(error);
  if (error instanceof Error && error.name === 'TimeoutError') return new StorageUnavailable(error);
  return asProblem(error);
}

/** True when the service lacks the operation, as small S3 servers lack versions. */
export function isNotImplemented(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return false;
  return [405, 501].includes(error.$metadata.httpStatusCode ?? 0);
}
