import { Problem } from '../../platform/problem.ts';
import type { Meaning } from '../vendor-meanings.ts';

/** What it means that a recogniser refuses what it was sent. */
export const rejectedSound = (vendor: string) =>
  ({
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: `${vendor} did not accept the sound.`,
    action: 'Try another file. If it stays, report it: it may be a fault of clipt.',
  }) as const satisfies Meaning;

export const soundTooLong = (minutes: number) =>
  new Problem({
    kind: 'invalid',
    code: 'sound_too_long',
    message: `Sound of more than ${minutes} minutes cannot be transcribed at once.`,
    action: 'Cut the file into shorter ones.',
  });
