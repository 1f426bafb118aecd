import { loadImage } from '@napi-rs/canvas';
import { Refused } from '../route.ts';
import type { Size } from './models.ts';

/** Limits of pictures (ModelArk, create-task page, 2026-08). */
const MAX_BYTES = 30_000_000;
const SIDE_PX = { min: 300, max: 6_000 };
const ASPECT = { min: 0.4, max: 2.5 };
const FETCH_MS = 5_000;
const DATA_URL = /^data:image\/([a-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/;
/** Bytes at the start of what is decoded here; the vendor takes some more kinds. */
const SIGNATURES: Readonly<Record<string, string>> = {
  png: '89504e47',
  jpeg: 'ffd8ff',
  webp: '52494646',
  gif: '47494638',
};

/**
 * Size of a picture that an order holds, decoded as the vendor does while it takes the order. An `asset://` is
 * somebody's material and is not looked into: null. Throws `Refused`.
 */
export async function pictureSize(url: string, signal: AbortSignal): Promise<Size | null> {
  if (url === '') throw new Refused(400, 'InvalidImageURL.EmptyURL', 'The image URL is empty.');
  if (url.startsWith('asset://')) return null;
  const bytes = url.startsWith('data:') ? fromDataUrl(url) : await fetched(url, signal);
  const size = await decoded(bytes);
  const { width, height } = size;
  const fits =
    bytes.length < MAX_BYTES &&
    Math.min(width, height) >= SIDE_PX.min &&
    Math.max(width, height) <= SIDE_PX.max &&
    width / height >= ASPECT.min &&
    width / height <= ASPECT.max;
  if (!fits) throw invalid(`The image of ${width}x${height} px is outside the limits.`);
  return size;
}

function fromDataUrl(url: string): Buffer {
  const [, type, base64] = DATA_URL.exec(url) ?? [];
  if (type === undefined || base64 === undefined) {
    throw new Refused(400, 'InvalidImageURL.InvalidFormat', 'The image URL cannot be read.');
  }
  const bytes = Buffer.from(base64, 'base64');
  const signature = SIGNATURES[type];
  if (signature !== undefined && !bytes.toString('hex', 0, 4).startsWith(signature)) {
    throw invalid(`The image is no ${type}.`);
  }
  return bytes;
}

/** The vendor fetches while it takes the order; a stand-in reaches no further than this machine. */
async function fetched(url: string, signal: AbortSignal): Promise<Buffer> {
  if (!isLoopback(url)) throw invalid('The image cannot be downloaded.');
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]),
  }).catch(() => null);
  if (!response?.ok) throw invalid('The image cannot be downloaded.');
  return Buffer.from(await response.arrayBuffer());
}

async function decoded(bytes: Buffer): Promise<Size> {
  try {
    const { width, height } = await loadImage(bytes);
    return { width, height };
  } catch {
    throw invalid('The image cannot be decoded.');
  }
}

const invalid = (message: string) =>
  new Refused(400, 'InvalidParameter', message, 'content.image_url');

/** An address on this machine: the only ones that a stand-in calls. */
export function isLoopback(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
