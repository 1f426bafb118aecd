import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readTar } from '../platform/archive/tar.ts';
import { MANIFEST, type Manifest, manifestSchema } from './contract.ts';
import { ImportDamaged, ImportUnreadable } from './errors.ts';

/** A file in an archive on disk. */
export type BundledFile = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly contentType: string | undefined;
  /** What it holds, from the archive. */
  read(): Promise<Readable>;
};

/** An archive whose every file is what its manifest says. */
export type CheckedBundle = {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, BundledFile>;
};

const LARGEST_MANIFEST_BYTES = 64 * 1024 * 1024;

/**
 * Reads an archive once from end to end and holds size and SHA-256 of every file against the manifest. Rejects with
 * `malformed_archive`, `import_unreadable` (no manifest, or that of another form) or `import_damaged`.
 */
export async function checkBundle(archive: string, signal: AbortSignal): Promise<CheckedBundle> {
  const found = new Map<string, { readonly offset: number; readonly listed: string }>();
  let manifest: Manifest | null = null;
  for await (const { name, sizeBytes, offset, content } of readTar(archive)) {
    signal.throwIfAborted();
    if (manifest !== null || found.has(name)) throw new ImportDamaged();
    if (name === MANIFEST) {
      if (sizeBytes > LARGEST_MANIFEST_BYTES) throw new ImportUnreadable();
      manifest = parseManifest(await buffer(content));
    } else found.set(name, { offset, listed: await describe(sizeBytes, content) });
  }
  if (manifest === null) throw new ImportUnreadable();
  if (manifest.files.length !== found.size) throw new ImportDamaged();
  const files = new Map<string, BundledFile>();
  for (const { name, size_bytes: sizeBytes, sha256, content_type: contentType } of manifest.files) {
    const file = found.get(name);
    if (file?.listed !== `${sizeBytes} ${sha256}`) throw new ImportDamaged();
    const read = () => readPart(archive, file.offset, sizeBytes);
    files.set(name, { name, sizeBytes, contentType, read });
  }
  return { manifest, files };
}

function parseManifest(bytes: Buffer): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw new ImportUnreadable(cause);
  }
}

async function describe(sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return `${sizeBytes} ${hash.digest('hex')}`;
}

async function readPart(archive: string, offset: number, sizeBytes: number): Promise<Readable> {
  if (sizeBytes === 0) return Readable.from([]);
  const handle = await open(archive);
  return handle.createReadStream({ start: offset, end: offset + sizeBytes - 1 });
}
