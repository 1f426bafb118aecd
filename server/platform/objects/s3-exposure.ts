import { StorageUnavailable } from './errors.ts';

/** What somebody without any key may do in a bucket: nothing, as it should be, or what is named. */
export type Exposure = 'none' | 'reads' | 'lists';

export type Bucket = {
  /** The bucket follows in the path. */
  readonly endpoint: string;
  readonly bucket: string;
};

/**
 * Asks for an object that is there, and for the list of all, as anybody could who knows the address: unsigned. Rejects with
 * `storage_unavailable` where the storage gives no answer that tells.
 */
export async function exposureOf(
  { endpoint, bucket }: Bucket,
  key: string,
  signal: AbortSignal,
): Promise<Exposure> {
  const base = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  if (await isOpen(`${base}?list-type=2&max-keys=1`, signal)) return 'lists';
  return (await isOpen(`${base}/${key}`, signal)) ? 'reads' : 'none';
}

async function isOpen(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { ok, status, body } = await fetch(url, { redirect: 'manual', signal });
    await body?.cancel();
    if (status >= 500) throw new Error(`The storage answered ${status}.`);
    return ok;
  } catch (cause) {
    throw new StorageUnavailable(cause);
  }
}
