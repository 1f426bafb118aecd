/**
 * Cameras write a JPEG as the sensor lay and its turn into an EXIF tag. The picture is handed on without any
 * EXIF block (where it was taken is nobody's business) and turned by filters, so that no decoder turns it again.
 */

/** Filters that set a picture of each EXIF orientation (1 to 8) upright (JEITA CP-3451, tag 0x0112). */
const TURNS: Readonly<Record<number, readonly string[]>> = {
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=0'],
  6: ['transpose=1'],
  7: ['transpose=3'],
  8: ['transpose=2'],
};

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
/** More segments than any camera writes. */
const MAX_SEGMENTS = 1_000;
const MAX_TAGS = 500;

export type PlainJpeg = { readonly bytes: Buffer; readonly turn: readonly string[] };

/** The same JPEG without its EXIF and XMP blocks, and the filters that set it upright. What is no JPEG stays as it is. */
export function plainJpeg(jpeg: Buffer): PlainJpeg {
  const kept: Buffer[] = [jpeg.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  for (let left = MAX_SEGMENTS; left > 0 && at + 4 <= jpeg.length; left -= 1) {
    const marker = jpeg[at + 1];
    if (jpeg[at] !== 0xff || marker === START_OF_SCAN) break;
    // Fill bytes before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (end > jpeg.length) break;
    if (marker === APP1) orientation = exifOrientation(jpeg.subarray(at + 4, end)) ?? orientation;
    else kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return { bytes: Buffer.concat([...kept, jpeg.subarray(at)]), turn: TURNS[orientation] ?? [] };
}

/** The orientation in an APP1 block's first directory; null where there is none. */
function exifOrientation(block: Buffer): number | null {
  if (block.length < 14 || block.toString('latin1', 0, 6) !== 'Exif\0\0') return null;
  const tiff = block.subarray(6);
  const order = tiff.toString('latin1', 0, 2);
  if (order !== 'MM' && order !== 'II') return null;
  const short = (at: number) => (order === 'MM' ? tiff.readUInt16BE(at) : tiff.readUInt16LE(at));
  const directory = order === 'MM' ? tiff.readUInt32BE(4) : tiff.readUInt32LE(4);
  if (directory + 2 > tiff.length) return null;
  const tags = Math.min(MAX_TAGS, short(directory));
  for (let index = 0; index < tags; index += 1) {
    const tag = directory + 2 + index * 12;
    if (tag + 12 > tiff.length) return null;
    if (short(tag) === 0x0112) return short(tag + 8);
  }
  return null;
}
