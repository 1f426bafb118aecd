/**
 * s3rver as its own command starts it, but for one thing: it answers an upload once it has read it, which can be before
 * the file is there, and then says that there is no such object. Here the object is whole before the answer.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

type S3Object = {
  readonly bucket: string;
  readonly key: string;
  readonly content: Buffer | Readable;
  readonly metadata: unknown;
};

type Store = {
  getResourcePath(bucket: string, key: string, resource: 'object'): string;
  putMetadata(bucket: string, key: string, metadata: unknown, md5: string): Promise<void>;
  putObject(object: S3Object): Promise<{ readonly size: number; readonly md5: string }>;
};

const require = createRequire(import.meta.url);
const isClass = (value: unknown) => typeof value === 'function';
const FilesystemStore = z
  .custom<{ readonly prototype: Store }>(isClass)
  .parse(require('s3rver/lib/stores/filesystem'));

FilesystemStore.prototype.putObject = async function putObject({ bucket, key, content, metadata }) {
  const bytes = Buffer.isBuffer(content) ? content : await buffer(content);
  const md5 = createHash('md5').update(bytes).digest('hex');
  const file = this.getResourcePath(bucket, key, 'object');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  await this.putMetadata(bucket, key, metadata, md5);
  return { size: bytes.length, md5 };
};

require('s3rver/bin/s3rver.js');
