import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { Problem } from '../problem.ts';

/** A file on its way into an archive; the content must be as long as stated. */
export type PackedFile = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
};

/** A file in an archive that lies on disk: read it before the next one is asked for. */
export type FoundFile = {
  readonly name: string;
  readonly sizeBytes: number;
  /** Where its content begins in the archive. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
};

const BLOCK_BYTES = 512;

/**
 * An archive (POSIX tar) of the files as they come; a few chunks of it lie in memory at a time. It fails when a file
 * does, or is shorter or longer than stated.
 */
export function packTar(
  files: AsyncIterable<PackedFile>,
  { madeAt }: { readonly madeAt: Date },
): Readable {
  const archive = pack();
  const fill = async () => {
    for await (const { name, sizeBytes, content } of files) {
      const written = Promise.withResolvers<void>();
      const header = { name, size: sizeBytes, mtime: madeAt, mode: 0o600 };
      const entry = archive.entry(header, (error) =>
        error ? written.reject(error) : written.resolve(),
      );
      await Promise.all([feed(content, entry), written.promise]);
    }
    archive.finalize();
  };
  // Whoever reads hears of it by reading; where nobody does, it is no matter.
  archive.on('error', () => undefined);
  fill().catch((error: unknown) => archive.destroy(asError(error)));
  const packed = Readable.from(bytesOf(archive), { objectMode: false });
  packed.once('close', () => archive.destroy());
  return packed;
}

/** The files of an archive on disk. Rejects with `malformed_archive` for what is none, and for anything in it but files. */
export async function* readTar(file: string): AsyncGenerator<FoundFile> {
  const archive = extract();
  const source = createReadStream(file);
  feed(source, archive).catch((error: unknown) => archive.destroy(asError(error)));
  try {
    for await (const found of archive) {
      const { name, size: sizeBytes, type } = found.header;
      if (type !== 'file') throw new MalformedArchive();
      yield { name, sizeBytes, offset: found.offset + BLOCK_BYTES, content: contentOf(found) };
      found.resume();
    }
  } catch (error) {
    throw error instanceof Problem ? error : new MalformedArchive(error);
  } finally {
    source.destroy();
  }
}

type Sink = ReturnType<ReturnType<typeof pack>['entry']> | ReturnType<typeof extract>;

/** Writes all that comes, no faster than it is taken; rejects with what ended the sink. */
async function feed(content: AsyncIterable<Uint8Array>, sink: Sink): Promise<void> {
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  sink.on('error', (error) => ended.reject(error));
  sink.on('close', () => ended.reject(new Error('The archive was closed.')));
  try {
    for await (const chunk of content) {
      if (sink.write(chunk)) continue;
      const drained = new Promise<void>((resolve) => sink.once('drain', () => resolve()));
      await Promise.race([drained, ended.promise]);
    }
    sink.end(undefined);
  } catch (error) {
    sink.destroy(asError(error));
    throw error;
  }
}

async function* contentOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytesOf(stream);
  } catch (error) {
    throw new MalformedArchive(error);
  }
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('It failed without an error.');
}

class MalformedArchive extends Problem {
  constructor(cause?: unknown) {
    super({
      kind: 'invalid',
      code: 'malformed_archive',
      status: 422,
      message: 'The file is no tar archive of plain files, or it is cut off.',
      action: 'Send the archive as it was downloaded, not packed again.',
      cause,
    });
  }
}
