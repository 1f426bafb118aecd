import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { ListedObject } from './objects.ts';
import { isNotImplemented, s3Problem } from './s3-errors.ts';

const DELETES_AT_ONCE = 8;

/** Pages by the last key rather than a token: the same on every service. */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  let last: string | undefined;
  for (;;) {
    const input = { Bucket: bucket, Prefix: prefix, StartAfter: last };
    const page = await client
      .send(new ListObjectsV2Command(input), options(signal))
      .catch((error) => {
        throw s3Problem(error);
      });
    const found = page.Contents ?? [];
    for (const { Key: key, Size: sizeBytes, LastModified: storedAt } of found) {
      // Without a time it might have been stored just now.
      if (key !== undefined)
        yield { key, sizeBytes: sizeBytes ?? 0, storedAt: storedAt ?? new Date() };
      last = key ?? last;
    }
    if (!page.IsTruncated || found.length === 0) return;
  }
}

type Doomed = { readonly Key: string; readonly VersionId?: string };

/** Every version and delete marker below the prefix, or the plain objects of a service without versions. */
async function* listDoomed(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly Doomed[]> {
  let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const input = { Bucket: bucket, Prefix: prefix, ...markers };
    const page = await client
      .send(new ListObjectVersionsCommand(input), options(signal))
      .catch((error) => {
        if (isNotImplemented(error)) return null;
        throw error;
      });
    if (page === null) {
      for await (const { key } of listObjects(client, bucket, prefix, signal)) yield [{ Key: key }];
      return;
    }
    yield [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [VersionId === undefined ? { Key } : { Key, VersionId }],
    );
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    markers = { KeyMarker: page.NextKeyMarker };
    if (page.NextVersionIdMarker) markers.VersionIdMarker = page.NextVersionIdMarker;
  }
}

/**
 * Removes all below a prefix for good: unfinished uploads, every version, every delete marker. Counts
 * keys, not versions.
 *
 * One request an object: the batch request wants a checksum that compatible services disagree about.
 */
export async function deleteAll(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<number> {
  await abortUploads(client, bucket, prefix, signal);
  const limit = pLimit(DELETES_AT_ONCE);
  const keys = new Set<string>();
  for await (const page of listDoomed(client, bucket, prefix, signal)) {
    const removals = page.map((doomed) =>
      limit(() =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, ...doomed }), options(signal)),
      ),
    );
    await Promise.all(removals);
    for (const { Key } of page) keys.add(Key);
  }
  return keys.size;
}

async function abortUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<void> {
  let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const input = { Bucket: bucket, Prefix: prefix, ...markers };
    const page = await client
      .send(new ListMultipartUploadsCommand(input), options(signal))
      .catch((error) => {
        if (isNotImplemented(error)) return null;
        throw error;
      });
    for (const { Key, UploadId } of page?.Uploads ?? []) {
      const upload = { Bucket: bucket, Key, UploadId };
      await client.send(new AbortMultipartUploadCommand(upload), options(signal));
    }
    if (!page?.IsTruncated || page.NextKeyMarker === undefined) return;
    markers = { KeyMarker: page.NextKeyMarker };
    if (page.NextUploadIdMarker) markers.UploadIdMarker = page.NextUploadIdMarker;
  }
}

function options(signal?: AbortSignal) {
  return signal ? { abortSignal: signal } : {};
}
