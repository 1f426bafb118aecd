import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Agent, Dispatcher } from 'undici';
import { EgressFailure, FileRefused } from './errors.ts';
import { endedBy, startRequest, USER_AGENT } from './exchange.ts';

export type FileCall = {
  readonly signal: AbortSignal;
  /** The longest time without a byte. */
  readonly silenceMs: number;
  readonly maxBytes: number;
};

/** Requests after the first, each for what is still missing. Links may allow a limited number of downloads. */
const MAX_RESUMES = 3;

/** Where a download stands. */
type Progress = {
  /** Bytes written. */
  at: number;
  /** Length of the whole file, as far as the host has said. */
  size: number | null;
  /** The host's mark of this version of the file; without one, a resumed download is checked by its length. */
  etag: string | null;
};

/**
 * The file behind `url`, whole or not at all: written beside `file` under a temporary name and renamed. Only the
 * address, `user-agent` and `range` are sent. A cut or silent connection is taken up again where it ended, at
 * most 3 times. Throws `FileRefused` for an answer without the file, else `EgressFailure`.
 */
export async function downloadFile(
  agent: Agent,
  vendor: string,
  url: URL,
  file: string,
  call: FileCall,
): Promise<{ readonly sizeBytes: number }> {
  const temporary = join(
    dirname(file),
    `.${basename(file)}.${randomBytes(6).toString('hex')}.part`,
  );
  try {
    const handle = await open(temporary, 'wx', 0o600);
    const progress: Progress = { at: 0, size: null, etag: null };
    try {
      for (let resumes = 0; ; resumes += 1) {
        const failure = await fetchRest(agent, vendor, url, handle, progress, call);
        if (failure === null) break;
        if (resumes === MAX_RESUMES || call.signal.aborted) throw failure;
      }
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    return { sizeBytes: progress.at };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Asks for what is missing and writes it. Null when the file is whole, else the failure that may pass. */
async function fetchRest(
  agent: Agent,
  vendor: string,
  url: URL,
  handle: FileHandle,
  progress: Progress,
  call: FileCall,
): Promise<EgressFailure | null> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), call.silenceMs);
  const sending = startRequest(agent, AbortSignal.any([call.signal, silence.signal]), {
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: { 'user-agent': USER_AGENT, ...rangeHeaders(progress) },
  });
  try {
    const response = await sending.response;
    begin(vendor, response, progress, call.maxBytes);
    if (progress.at === 0) await handle.truncate(0);
    for await (const chunk of response.body) {
      timer.refresh();
      const bytes = Buffer.from(chunk);
      if (progress.at + bytes.length > Math.min(call.maxBytes, progress.size ?? call.maxBytes)) {
        throw new EgressFailure(vendor, 'vendor_answer_too_large', true);
      }
      await writeAll(handle, bytes, progress);
    }
    if (progress.size === null || progress.at === progress.size) return null;
    return new EgressFailure(vendor, 'vendor_answer_cut', true);
  } catch (error) {
    if (error instanceof EgressFailure || error instanceof FileRefused) throw error;
    if (error instanceof WriteFailure) throw error.cause;
    const begun = sending.hasBegun();
    const lost = begun ? 'vendor_answer_cut' : 'vendor_unreachable';
    return new EgressFailure(vendor, endedBy(call.signal, silence.signal) ?? lost, begun, error);
  } finally {
    clearTimeout(timer);
  }
}

function rangeHeaders({ at, etag }: Progress): Record<string, string> {
  if (at === 0) return {};
  return { range: `bytes=${at}-`, ...(etag === null ? {} : { 'if-range': etag }) };
}

/** Reads the head of an answer: sets where its bytes belong and how many there will be. */
function begin(
  vendor: string,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  progress: Progress,
  maxBytes: number,
): void {
  const refuse = (error: Error): never => {
    // The body is not wanted, and neither is the error that leaving it causes.
    body.on('error', () => undefined).destroy();
    throw error;
  };
  if (statusCode === 206 && progress.at > 0) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(headers['content-range'] ?? ''));
    const total = range?.[2] === undefined || range[2] === '*' ? progress.size : Number(range[2]);
    const isSame = progress.size === null || progress.size === total;
    if (Number(range?.[1]) === progress.at && isSame) {
      progress.size = total;
      return;
    }
    refuse(new FileRefused(vendor, statusCode));
  }
  if (statusCode !== 200) refuse(new FileRefused(vendor, statusCode));
  // Also the answer of a host that knows no ranges, or has another version of the file by now.
  const length = Number(headers['content-length'] ?? Number.NaN);
  progress.at = 0;
  progress.size = Number.isSafeInteger(length) ? length : null;
  progress.etag = strongEtag(headers['etag']);
  if ((progress.size ?? 0) > maxBytes) {
    refuse(new EgressFailure(vendor, 'vendor_answer_too_large', true));
  }
}

/** Only a strong validator says that two answers hold the same bytes (RFC 9110 §8.8.1). */
function strongEtag(etag: string | string[] | undefined): string | null {
  return typeof etag === 'string' && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : null;
}

/** A fault of this machine's disk, which no other request would mend. */
class WriteFailure extends Error {}

async function writeAll(handle: FileHandle, bytes: Buffer, progress: Progress): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await handle.write(
        bytes,
        written,
        bytes.length - written,
        progress.at,
      );
      written += bytesWritten;
      progress.at += bytesWritten;
    }
  } catch (cause) {
    throw new WriteFailure('A downloaded file cannot be written.', { cause });
  }
}
