import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { mediaRejected } from './errors.ts';
import type { MediaInfo } from './media.ts';
import { readMp4Boxes } from './mp4.ts';
import { jpegSize, type PictureSize, pngSize, webpSize } from './picture-size.ts';

export type Container = MediaInfo['container'];

/**
 * The one demuxer that may open each container. It is chosen by us from the first bytes and forced, so
 * that no file can talk the engine into a playlist, a script or a picture pattern that reads other files.
 */
export const DEMUXER: { readonly [C in Container]: string } = {
  mp4: 'mov',
  webm: 'matroska',
  mkv: 'matroska',
  wav: 'wav',
  mp3: 'mp3',
  ogg: 'ogg',
  flac: 'flac',
  png: 'png_pipe',
  jpeg: 'jpeg_pipe',
  webp: 'webp_pipe',
};

/** Decoders a user's file may reach, by name: what cameras, phones, editors and browsers write. */
export const DECODERS =
  'h264,hevc,mpeg4,mjpeg,prores,vp8,vp9,av1,libdav1d,libaom-av1,libvpx,libvpx-vp9,png,webp,' +
  'aac,libfdk_aac,mp3,mp3float,opus,libopus,vorbis,flac,alac,' +
  'pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8';

export const MAX_STREAMS = 8;
/** 8192 × 6144: 8K video and 48-megapixel photographs. */
export const MAX_PIXELS = 8192 * 6144;
/** Largest single allocation; one such picture in RGBA fits. */
export const MAX_ALLOC_BYTES = 512 * 1024 * 1024;
export const MEDIA_MEMORY_MIB = 2048;
export const MEDIA_TIMEOUT_MS = 120_000;

/** Enough for every signature below. */
const HEAD_BYTES = 64;

/** The container whose signature the first bytes carry; null for anything else. */
export function sniffContainer(head: Buffer): Container | null {
  const ascii = (from: number, text: string) =>
    head.toString('latin1', from, from + text.length) === text;
  if (['ftyp', 'moov', 'mdat', 'wide'].some((box) => ascii(4, box))) return 'mp4';
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3)
    return head.includes('webm') ? 'webm' : 'mkv';
  if (ascii(0, 'RIFF')) return ascii(8, 'WAVE') ? 'wav' : ascii(8, 'WEBP') ? 'webp' : null;
  if (ascii(0, 'OggS')) return 'ogg';
  if (ascii(0, 'fLaC')) return 'flac';
  if (ascii(0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (ascii(0, '\xff\xd8\xff')) return 'jpeg';
  if (ascii(0, 'ID3') || isMp3Frame(head)) return 'mp3';
  return null;
}

/** An MPEG audio frame header: 11 bits of sync, layer III, a bit rate and a sample rate that exist. */
function isMp3Frame(head: Buffer): boolean {
  if (head.length < 4 || head[0] !== 0xff) return false;
  const [, second = 0, third = 0] = head;
  const sync = (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08;
  const layerThree = (second & 0x06) === 0x02;
  return sync && layerThree && third >> 4 !== 0xf && (third & 0x0c) !== 0x0c;
}

export type Accepted = {
  readonly container: Container;
  readonly sizeBytes: number;
  readonly faststart: boolean;
};

/**
 * Looks at a file before any decoder does: an ordinary file with the signature of an accepted container
 * and, for MP4, whole to its last box. Rejects with `media_rejected`.
 */
export async function acceptFile(file: string): Promise<Accepted> {
  await using handle = await openOrdinary(file);
  const { size: sizeBytes } = await handle.stat();
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const head = buffer.subarray(0, bytesRead);
  const container = sniffContainer(head);
  if (container === null) throw mediaRejected('is not of a kind clipt accepts');
  insistOnSize(await pictureSize(container, head, handle));
  if (container !== 'mp4') return { container, sizeBytes, faststart: false };
  return { container, sizeBytes, faststart: await indexComesFirst(file) };
}

async function openOrdinary(file: string): Promise<FileHandle> {
  const found = await lstat(file).catch((error: unknown) => {
    throw mediaRejected('is not there', error);
  });
  if (!found.isFile()) throw mediaRejected('is not an ordinary file');
  if (found.size === 0) throw mediaRejected('is empty');
  // NOFOLLOW and NONBLOCK: what was an ordinary file a moment ago may be a link or a pipe by now.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return open(file, flags).catch((error: unknown) => {
    throw mediaRejected('cannot be read', error);
  });
}

/** The size a still picture's header states, before anything makes room for so many pixels. */
async function pictureSize(container: Container, head: Buffer, handle: FileHandle) {
  switch (container) {
    case 'png':
      return pngSize(head);
    case 'webp':
      return webpSize(head);
    case 'jpeg':
      return jpegSize(handle);
    default:
      return undefined;
  }
}

function insistOnSize(size: PictureSize | null | undefined): void {
  if (size === null) throw mediaRejected('is cut off or damaged');
  if (size && size.width * size.height > MAX_PIXELS)
    throw mediaRejected(`has more than ${Math.floor(MAX_PIXELS / 1e6)} megapixels`);
}

async function indexComesFirst(file: string): Promise<boolean> {
  const boxes = await readMp4Boxes(file);
  const place = (type: string) => boxes?.findIndex((box) => box.type === type) ?? -1;
  if (place('moov') === -1) throw mediaRejected('is cut off or damaged');
  return place('mdat') === -1 || place('moov') < place('mdat');
}
