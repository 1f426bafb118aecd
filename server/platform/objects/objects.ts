import type { Readable } from 'node:stream';

/** What is known of a stored object without reading it. */
export type ObjectInfo = {
  readonly key: string;
  readonly sizeBytes: number;
  readonly contentType: string;
};

/** What a listing tells; a content type takes a `head`, since no S3 listing carries it. */
export type ListedObject = Pick<ObjectInfo, 'key' | 'sizeBytes'> & {
  /** When it was stored. */
  readonly storedAt: Date;
};

export type ByteRange = { readonly start: number /** Inclusive. */; readonly end: number };

export type PutOptions = { readonly contentType: string; readonly signal?: AbortSignal };

/** What a signed address answers with; signed too, so it cannot be altered. */
export type SignedGetOptions = {
  /** 1–300 seconds. */
  readonly seconds: number;
  readonly contentType?: string;
  /** Sent as `Content-Disposition: attachment` with this name. */
  readonly downloadName?: string;
};

export type SignedUploadOptions = {
  readonly seconds: number;
  readonly contentType: string;
  readonly maxBytes: number;
};

/** A form post that uploads exactly one object under exactly one key. */
export type SignedUpload = {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
};

/**
 * Private blob storage under `/`-separated keys of `[A-Za-z0-9._-]` parts (no `.` or `..`), at most 512
 * characters, 200 a part. Two implementations: a folder, and any S3-compatible service. An object appears whole:
 * a reader sees the complete object or none. Missing keys reject with `ObjectNotFound`.
 */
export interface ObjectStore {
  /** Stores a stream or buffer of any length; the object appears only once complete and durable. */
  put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<ObjectInfo>;
  /** Stores a copy of a file; the source stays the caller's. */
  putFile(key: string, file: string, options: PutOptions): Promise<ObjectInfo>;
  get(
    key: string,
    options?: { readonly range?: ByteRange; readonly signal?: AbortSignal },
  ): Promise<Readable>;
  /** Null when there is no such object. */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null>;
  /** A path on this machine that holds the object, for tools that read files; read-only to the caller. */
  localFile(key: string, signal?: AbortSignal): Promise<string>;
  signedGet(key: string, options: SignedGetOptions): Promise<string>;
  signedUpload(key: string, options: SignedUploadOptions): Promise<SignedUpload>;
  /** Keys that start with a prefix (whole parts: it ends in `/`, or is empty for all), in order, as they are found. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
  delete(key: string): Promise<void>;
  /** Removes all below the prefix, older versions and unfinished uploads included; the count removed. */
  deletePrefix(prefix: string, signal?: AbortSignal): Promise<number>;
}
