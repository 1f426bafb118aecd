import { createHash } from 'node:crypto';

/**
 * What another installation calls the video, so that the same command finds it again. A digest: where a script lies on
 * this machine is nobody else's business.
 */
export function remoteKey(clientKey: string): string {
  return `sha256:${createHash('sha256').update(clientKey).digest('hex')}`;
}
