import type { Context } from 'hono';
import { Problem } from '../problem.ts';

/** The longest a client may take to send a body. */
const BODY_TIMEOUT_MS = 30_000;
/** Deeper values than any of ours would only try the readers' stacks. */
const MOST_DEPTH = 64;

/**
 * The JSON value of a request's body; `{}` for no body at all, such as that of a POST without choices. Counts the bytes
 * as they come, whatever the headers promise. Throws `unsupported_media_type`, `body_too_large`, `malformed_json`
 * and `body_timed_out`.
 */
export async function readJson(
  c: Context,
  { type, maxBytes }: { readonly type: string; readonly maxBytes: number },
): Promise<unknown> {
  const stated = Number(c.req.header('content-length') ?? 0);
  if (stated > maxBytes) throw new BodyTooLarge(maxBytes);
  const bytes = await readBytes(c, maxBytes);
  if (bytes.length === 0) return {};
  const declared = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  const coding = c.req.header('content-encoding') ?? 'identity';
  if (declared !== type || coding !== 'identity') throw new UnsupportedMediaType(type);
  return parseJson(bytes);
}

async function readBytes(c: Context, maxBytes: number): Promise<Buffer> {
  const stream = c.req.raw.body;
  if (stream === null) return Buffer.alloc(0);
  const reader = stream.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new BodyTimedOut()), BODY_TIMEOUT_MS);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return Buffer.concat(chunks);
      sizeBytes += value.length;
      if (sizeBytes > maxBytes) throw new BodyTooLarge(maxBytes);
      chunks.push(value);
    }
  } catch (error) {
    // What is still to come is not read; its loss is no failure of ours.
    reader.cancel().catch(() => undefined);
    throw error instanceof Problem ? error : new BodyCut(error);
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new MalformedJson('The body is not JSON in UTF-8.');
  }
  assertPlain(value, MOST_DEPTH);
  return value;
}

function assertPlain(value: unknown, depthLeft: number): void {
  if (typeof value === 'string' && !isText(value)) {
    throw new MalformedJson('The body holds a NUL or half a character.');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depthLeft === 0) throw new MalformedJson('The body is nested too deeply.');
  for (const [key, inner] of Object.entries(value)) {
    assertPlain(key, depthLeft);
    assertPlain(inner, depthLeft - 1);
  }
}

/** Text that can be stored and hashed: every character whole (RFC 7493 §2.1), and none that Postgres refuses. */
export function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

class MalformedJson extends Problem {
  constructor(message: string) {
    super({
      kind: 'invalid',
      code: 'malformed_json',
      message,
      action: `Send one JSON value, at most ${MOST_DEPTH} levels deep.`,
    });
  }
}

class UnsupportedMediaType extends Problem {
  constructor(type: string) {
    super({
      kind: 'invalid',
      code: 'unsupported_media_type',
      status: 415,
      message: `The body is not declared as ${type}.`,
      action: `Send it with \`Content-Type: ${type}\`, not compressed.`,
    });
  }
}

class BodyTooLarge extends Problem {
  constructor(maxBytes: number) {
    super({
      kind: 'invalid',
      code: 'body_too_large',
      status: 413,
      message: `The body is larger than ${Math.floor(maxBytes / 1024)} KiB.`,
      action: 'Send less in one request.',
    });
  }
}

class BodyTimedOut extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'body_timed_out',
      status: 408,
      message: `The body did not arrive within ${BODY_TIMEOUT_MS / 1000} s.`,
      action: 'Send the request again over a faster connection.',
      retryable: true,
    });
  }
}

/** The connection ended in the middle; nobody is left to read this. */
class BodyCut extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'canceled',
      code: 'body_cut',
      message: 'The body ended before it was complete.',
      action: 'Send the request again.',
      retryable: true,
      cause,
    });
  }
}
