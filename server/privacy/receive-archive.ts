import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ImportTooLarge } from './errors.ts';

/**
 * What comes over the wire, as a file that is there until disposed of. Rejects with `import_too_large` as soon as more
 * bytes have come than may, whatever was announced.
 */
export async function receiveArchive(
  sent: AsyncIterable<Uint8Array>,
  {
    workDir,
    maxBytes,
    signal,
  }: { readonly workDir: string; readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<{ readonly file: string } & AsyncDisposable> {
  const file = join(workDir, `import-${randomUUID()}.tar`);
  const clear = () => rm(file, { force: true });
  try {
    await pipeline(sent, counted, createWriteStream(file, { mode: 0o600 }), { signal });
    return { file, [Symbol.asyncDispose]: clear };
  } catch (error) {
    await clear();
    throw error;
  }

  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new ImportTooLarge();
      yield chunk;
    }
  }
}
