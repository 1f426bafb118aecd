import type { FileHandle } from 'node:fs/promises';

export type PictureSize = { readonly width: number; readonly height: number };

/** More marker segments than any camera writes. */
const MAX_SEGMENTS = 200;

/** Size in the header of a PNG (IHDR is its first chunk). */
export function pngSize(head: Buffer): PictureSize | null {
  if (head.length < 24) return null;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Size in the first chunk of a WebP: extended, lossless or lossy (RFC 9649). */
export function webpSize(head: Buffer): PictureSize | null {
  if (head.length < 30) return null;
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}

/** Size in the frame header of a JPEG, found by walking its marker segments (ITU-T T.81, B.1.1.4). */
export async function jpegSize(handle: FileHandle): Promise<PictureSize | null> {
  const marker = Buffer.alloc(9);
  for (let at = 2, segment = 0; segment < MAX_SEGMENTS; segment += 1) {
    const { bytesRead } = await handle.read(marker, 0, 9, at);
    if (bytesRead < 9 || marker[0] !== 0xff) return null;
    const code = marker[1] ?? 0;
    const isFrame = code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);
    if (isFrame) return { width: marker.readUInt16BE(7), height: marker.readUInt16BE(5) };
    at += 2 + marker.readUInt16BE(2);
  }
  return null;
}
