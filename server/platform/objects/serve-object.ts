import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { matchesEtag } from '../http/etag.ts';
import { Problem } from '../problem.ts';
import { attachmentNamed } from './disposition.ts';
import { fileProblem, LinkRejected, ObjectNotFound } from './errors.ts';
import type { ByteRange, ObjectStore } from './objects.ts';
import { rangeOf } from './range.ts';
import type { UrlSigner } from './signed-url.ts';

const PATH = '/objects/';
const CHUNK_BYTES = 256 * 1024;

/** Answers the download links of a folder store. One open file serves its size, version and bytes. */
export function makeServeObject({
  store,
  signer,
  now,
}: {
  readonly store: ObjectStore;
  readonly signer: UrlSigner;
  readonly now: Clock;
}) {
  return async function serveObject(request: Request): Promise<Response> {
    const { allowed, expires } = verify(request.url);
    const info = await store.head(allowed.key);
    if (!info) throw new ObjectNotFound();
    const file = await openObject(allowed.key);
    let isHandedOn = false;
    try {
      const { sizeBytes, etag, modified } = await describe(file);
      const header = (name: string) => request.headers.get(name) ?? undefined;
      const headers = {
        ETag: etag,
        'Last-Modified': modified.toUTCString(),
        'Cache-Control': `private, max-age=${secondsLeft(expires)}`,
      };
      if (matchesEtag(header('if-none-match'), etag)) {
        return new Response(null, { status: 304, headers });
      }
      const isHead = request.method === 'HEAD';
      const range = isHead ? null : rangeOf(header, { sizeBytes, etag });
      if (range === 'unsatisfiable') throw new RangeNotSatisfiable(sizeBytes);
      const part = range ?? { start: 0, end: sizeBytes - 1 };
      const status = range ? 206 : 200;
      isHandedOn = !isHead;
      return new Response(isHead ? null : readPart(file, part), {
        status,
        headers: {
          ...headers,
          'Accept-Ranges': 'bytes',
          'Content-Type': allowed.contentType ?? info.contentType,
          'Content-Length': String(part.end - part.start + 1),
          ...(range ? { 'Content-Range': `bytes ${part.start}-${part.end}/${sizeBytes}` } : {}),
          ...(allowed.downloadName === null
            ? {}
            : { 'Content-Disposition': attachmentNamed(allowed.downloadName) }),
        },
      });
    } finally {
      if (!isHandedOn) await file.close();
    }
  };

  /** The address has to be the one that was signed to the letter: nothing is decoded that could be spelled otherwise. */
  function verify(address: string) {
    const { pathname, search, searchParams } = new URL(address);
    const query = Object.fromEntries(searchParams);
    if (search.slice(1) !== new URLSearchParams(query).toString()) throw new LinkRejected();
    const key = pathname.slice(PATH.length);
    const allowed = signer.verifyGet({ method: 'GET', key, query });
    return { allowed, expires: Number(query['expires']) };
  }

  function secondsLeft(expires: number): number {
    return Math.max(0, Math.floor(expires - now().getTime() / 1000));
  }

  async function openObject(key: string): Promise<FileHandle> {
    const path = await store.localFile(key);
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
      throw fileProblem(error);
    });
  }
}

/** An object is replaced by another file under its name, so its inode, length and time tell its version. */
async function describe(file: FileHandle) {
  const { size, ino, mtimeNs, mtime } = await file.stat({ bigint: true });
  const version = [ino, size, mtimeNs].map((part) => part.toString(36)).join('-');
  return { sizeBytes: Number(size), etag: `"${version}"`, modified: mtime };
}

/** The bytes as they are asked for, one piece in memory at a time; the file is closed at the end in any case. */
function readPart(file: FileHandle, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const length = Math.min(CHUNK_BYTES, end - at + 1);
        if (length <= 0) {
          await file.close();
          controller.close();
          return;
        }
        try {
          const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
          if (bytesRead === 0) throw new Error('The file ended early.');
          at += bytesRead;
          controller.enqueue(buffer.subarray(0, bytesRead));
        } catch {
          await file.close();
          // The connection is cut, which tells the client that the rest is missing; the words reach our own output.
          controller.error(new Error('A stored file cannot be read to its end.'));
        }
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
}

class RangeNotSatisfiable extends Problem {
  constructor(sizeBytes: number) {
    super({
      kind: 'invalid',
      code: 'range_not_satisfiable',
      status: 416,
      message: 'The range asked for lies outside the file.',
      action: 'Ask for bytes that the file has.',
      headers: { 'Content-Range': `bytes */${sizeBytes}`, 'Accept-Ranges': 'bytes' },
    });
  }
}
