import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type Clock, systemClock } from '../clock.ts';
import { attachmentNamed } from './disposition.ts';
import { fileProblem, ObjectNotFound, StorageUnavailable } from './errors.ts';
import { keyParts, prefixParts } from './keys.ts';
import type { ObjectStore } from './objects.ts';
import { makeS3Cache } from './s3-cache.ts';
import { s3Problem } from './s3-errors.ts';
import { deleteAll, listObjects } from './s3-prefix.ts';
import { checkMaxBytes, checkSeconds, MAX_GET_SECONDS, MAX_UPLOAD_SECONDS } from './signed-url.ts';
import { presignGet, signPost } from './sigv4.ts';

export type S3StoreDeps = {
  /** Such as `https://fra1.digitaloceanspaces.com`; the bucket follows in the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Holds the copies that `localFile` makes. */
  readonly cacheDir: string;
  /** Default 2 GiB; exceeded only by files handed out in the last ten minutes. */
  readonly cacheBytes?: number;
  readonly now?: Clock;
};

const CONNECT_MS = 5_000;
/** Longest silence on an open connection. */
const SILENCE_MS = 30_000;
/** First try included; only connection faults, 5xx and throttling are tried again. */
const ATTEMPTS = 4;
/** A part of a stream and how many are under way: at most 32 MB of a stream lie in memory. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const DEFAULT_CACHE_BYTES = 2 * 1024 ** 3;

/** An ObjectStore in a private bucket of any S3-compatible service. */
export function makeS3Store(deps: S3StoreDeps): ObjectStore {
  const { bucket, endpoint, now = systemClock } = deps;
  const client = makeClient(deps);
  const cache = makeS3Cache({
    folder: deps.cacheDir,
    maxBytes: deps.cacheBytes ?? DEFAULT_CACHE_BYTES,
    now,
  });
  const base = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  const at = (key: string) => {
    keyParts(key);
    return { Bucket: bucket, Key: key };
  };

  async function upload(
    key: string,
    body: Readable,
    contentType: string,
    signal: AbortSignal | undefined,
  ) {
    const params = { ...at(key), ContentType: contentType };
    let sizeBytes = 0;
    const counted = async function* (source: Readable) {
      for await (const chunk of source) {
        const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
        sizeBytes += bytes.length;
        yield bytes;
      }
    };
    const abortController = new AbortController();
    const abort = () => abortController.abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      const Body = Readable.from(counted(body), { objectMode: false });
      await new Upload({
        client,
        params: { ...params, Body },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
        // A failed stream must leave no parts behind that nobody sees and somebody pays for.
        leavePartsOnError: false,
        abortController,
      }).done();
      return { key, sizeBytes, contentType };
    } catch (error) {
      throw s3Problem(error);
    } finally {
      signal?.removeEventListener('abort', abort);
      body.destroy();
    }
  }

  async function open(key: string, range: string | undefined, signal: AbortSignal | undefined) {
    try {
      const input = range === undefined ? at(key) : { ...at(key), Range: range };
      const { Body, ETag } = await client.send(new GetObjectCommand(input), options(signal));
      if (!(Body instanceof Readable)) throw new StorageUnavailable(new Error('no body'));
      return { body: Body, etag: ETag ?? '' };
    } catch (error) {
      throw s3Problem(error);
    }
  }

  const store: ObjectStore = {
    async put(key, body, { contentType, signal }) {
      if (body instanceof Readable) return upload(key, body, contentType, signal);
      if (body.length > PART_BYTES) return upload(key, chunks(body), contentType, signal);
      const input = { ...at(key), Body: body, ContentType: contentType };
      await client.send(new PutObjectCommand(input), options(signal)).catch(rethrow);
      return { key, sizeBytes: body.length, contentType };
    },

    async putFile(key, file, { contentType, signal }) {
      at(key);
      await stat(file).catch((error) => {
        throw fileProblem(error);
      });
      return upload(key, createReadStream(file), contentType, signal);
    },

    async get(key, { range, signal } = {}) {
      const header = range ? `bytes=${range.start}-${range.end}` : undefined;
      return (await open(key, header, signal)).body;
    },

    async head(key, signal) {
      try {
        const found = await client.send(new HeadObjectCommand(at(key)), options(signal));
        const contentType = found.ContentType ?? 'application/octet-stream';
        return { key, sizeBytes: found.ContentLength ?? 0, contentType };
      } catch (error) {
        const problem = s3Problem(error);
        if (problem instanceof ObjectNotFound) return null;
        throw problem;
      }
    },

    async localFile(key, signal) {
      const command = new HeadObjectCommand(at(key));
      const { ETag = '' } = await client.send(command, options(signal)).catch(rethrow);
      const known = await cache.find(key, ETag);
      return known ?? cache.fill(key, await open(key, undefined, signal), signal);
    },

    async signedGet(key, { seconds, contentType, downloadName }) {
      at(key);
      checkSeconds(seconds, MAX_GET_SECONDS);
      const url = new URL(`${base}/${key}`);
      if (contentType) url.searchParams.set('response-content-type', contentType);
      if (downloadName) {
        url.searchParams.set('response-content-disposition', attachmentNamed(downloadName));
      }
      return presignGet(url, deps, now(), seconds).href;
    },

    async signedUpload(key, { seconds, contentType, maxBytes }) {
      at(key);
      checkSeconds(seconds, MAX_UPLOAD_SECONDS);
      checkMaxBytes(maxBytes);
      const fields = { key, 'Content-Type': contentType };
      const conditions = [
        { bucket },
        { key },
        { 'Content-Type': contentType },
        ['content-length-range', 1, maxBytes],
      ];
      const expires = new Date(now().getTime() + seconds * 1000);
      return { url: base, fields: { ...fields, ...signPost(conditions, deps, now(), expires) } };
    },

    async *list(prefix, signal) {
      prefixParts(prefix);
      yield* listObjects(client, bucket, prefix, signal);
    },

    async delete(key) {
      await client.send(new DeleteObjectCommand(at(key)), options()).catch(rethrow);
    },

    async deletePrefix(prefix, signal) {
      prefixParts(prefix);
      try {
        return await deleteAll(client, bucket, prefix, signal);
      } catch (error) {
        throw s3Problem(error);
      }
    },
  };
  return store;
}

function makeClient({ endpoint, region, accessKeyId, secretAccessKey }: S3StoreDeps): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Every compatible service understands the bucket in the path; not every one has a host for each.
    forcePathStyle: true,
    maxAttempts: ATTEMPTS,
    // The SDK's own checksums come in trailers with `aws-chunked` framing, which compatible services
    // refuse or, worse, store as content (45 bytes more in each object, measured).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
}

function options(signal?: AbortSignal) {
  return signal ? { abortSignal: signal } : {};
}

function rethrow(error: unknown): never {
  throw s3Problem(error);
}

/** A large buffer as a stream of parts, without copying it. */
function chunks(bytes: Uint8Array): Readable {
  const starts = Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, i) => i);
  return Readable.from(starts.map((i) => bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES)));
}
