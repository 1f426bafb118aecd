import type { MediaInfo, VideoInfo } from '../media/media.ts';
import type { UploadKind, UploadMedia } from './contract.ts';
import { imageTooSmall, mediaTooLong, notOfItsKind } from './errors.ts';

export const MAX_MINUTES = 20;
export const MAX_SECONDS = MAX_MINUTES * 60;
/** As small as the video models take a picture. */
const MIN_IMAGE_SIDE = 300;

const CONTAINERS: { readonly [Kind in UploadKind]: readonly MediaInfo['container'][] } = {
  video: ['mp4', 'webm', 'mkv'],
  audio: ['mp4', 'webm', 'mkv', 'mp3', 'wav', 'ogg', 'flac'],
  image: ['png', 'jpeg', 'webp'],
};

/**
 * What is in a file, by its decoded content. Throws `media_rejected` when that is not of the kind it was sent as,
 * `media_too_long` or `image_too_small`. A length that the file does not state is 0 here and found when it is encoded.
 */
export function inspectMedia(kind: UploadKind, info: MediaInfo): UploadMedia {
  if (!CONTAINERS[kind].includes(info.container)) throw notOfItsKind(`holds no ${kind}`);
  if (kind === 'audio') {
    if (info.audio === null) throw notOfItsKind('has no sound');
    const seconds = withinLength(Math.max(info.seconds, info.audio.seconds));
    return { seconds, width: null, height: null, fps: null, hasAudio: true };
  }
  if (info.video === null) throw notOfItsKind('has no picture');
  const { width, height } = uprightSize(info.video);
  if (kind === 'image') {
    if (Math.min(width, height) < MIN_IMAGE_SIDE) throw imageTooSmall(MIN_IMAGE_SIDE);
    return { seconds: null, width, height, fps: null, hasAudio: false };
  }
  const { fps, seconds: pictureSeconds } = info.video;
  const rate = fps.denominator > 0 ? fps.numerator / fps.denominator : 0;
  return {
    seconds: withinLength(Math.max(info.seconds, pictureSeconds)),
    width,
    height,
    fps: Math.round(rate * 1000) / 1000,
    hasAudio: info.audio !== null,
  };
}

function withinLength(seconds: number): number {
  if (seconds > MAX_SECONDS) throw mediaTooLong(MAX_MINUTES);
  return Math.round(seconds * 1000) / 1000;
}

function uprightSize({ width, height, rotationDegrees }: VideoInfo) {
  const lies = rotationDegrees === 90 || rotationDegrees === 270;
  return lies ? { width: height, height: width } : { width, height };
}
