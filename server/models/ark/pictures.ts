import { type FileHandle, open } from 'node:fs/promises';
import { sniffContainer } from '../../media/accept.ts';
import { jpegSize, pngSize, webpSize } from '../../media/picture-size.ts';
import { VendorProblem } from '../vendor-problem.ts';

/** ModelArk, create-task page, 2026-08. */
const MAX_PICTURE_BYTES = 30_000_000;
const SIDE_PX = { min: 300, max: 6_000 };
const ASPECT = { min: 0.4, max: 2.5 };
/** A whole request may have 64 MB; base64 makes four bytes of three, and the rest is text. */
const MAX_BYTES_TOGETHER = 46_000_000;

const HEAD_BYTES = 64;

/**
 * The pictures as `data:` addresses. The vendor gets the bytes as they are, so metadata must be out of the files
 * by now. Throws `provider_rejected_request` (kind `invalid`) for a picture that the vendor would not take.
 */
export async function dataUrls(files: readonly string[]): Promise<readonly string[]> {
  const urls: string[] = [];
  let together = 0;
  for (const file of files) {
    const { type, bytes } = await readPicture(file);
    together += bytes.length;
    if (together > MAX_BYTES_TOGETHER) throw pictureProblem('The pictures are too large together.');
    urls.push(`data:image/${type};base64,${bytes.toString('base64')}`);
  }
  return urls;
}

async function readPicture(file: string): Promise<{ type: string; bytes: Buffer }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_PICTURE_BYTES) throw pictureProblem('A picture is larger than 30 MB.');
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    const type = await checkedType(handle, head.subarray(0, bytesRead));
    const bytes = Buffer.alloc(size);
    const whole = await handle.read(bytes, 0, size, 0);
    return { type, bytes: bytes.subarray(0, whole.bytesRead) };
  } finally {
    await handle.close();
  }
}

async function checkedType(handle: FileHandle, head: Buffer): Promise<'png' | 'jpeg' | 'webp'> {
  const type = sniffContainer(head);
  if (type !== 'png' && type !== 'jpeg' && type !== 'webp') {
    throw pictureProblem('A picture is neither PNG, JPEG nor WebP.');
  }
  const sizes = { png: pngSize, webp: webpSize };
  const size = type === 'jpeg' ? await jpegSize(handle) : sizes[type](head);
  if (size === null) throw pictureProblem('A picture cannot be read.');
  const { width, height } = size;
  const fits =
    Math.min(width, height) >= SIDE_PX.min &&
    Math.max(width, height) <= SIDE_PX.max &&
    width / height >= ASPECT.min &&
    width / height <= ASPECT.max;
  if (!fits) {
    throw pictureProblem('A picture is smaller, larger or narrower than the video model takes.');
  }
  return type;
}

function pictureProblem(message: string): VendorProblem {
  return new VendorProblem({
    kind: 'invalid',
    code: 'provider_rejected_request',
    message,
    action: 'Use a PNG, JPEG or WebP of 300 to 6000 pixels a side and up to 30 MB.',
    recovery: 'fail',
  });
}
