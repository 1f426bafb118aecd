import { Problem } from '../../../platform/problem.ts';
import type { ClipTask } from '../../models.ts';

/** What the built-in footage refuses or has lost. */
class FootageProblem extends Problem {}

export const clipRequestInvalid = (cause: unknown) =>
  new FootageProblem({
    kind: 'invalid',
    code: 'clip_request_invalid',
    message:
      'Built-in footage is between 1 and 60 seconds long, from a prompt of at most 4,000 characters and no picture.',
    action:
      'Shorten the scene or its visual prompt, leave out pictures, or set ARK_API_KEY for a model that takes them.',
    cause,
  });

export const clipNotReady = () =>
  new FootageProblem({
    kind: 'conflict',
    code: 'clip_not_ready',
    message: 'This clip is not filmed yet.',
    action: 'Ask for its state until it has succeeded, then download it.',
    retryable: true,
  });

/** The state of a task whose folder is gone: canceled, cleared, or made on another machine. */
export const LOST: ClipTask = {
  status: 'failed',
  code: 'clip_lost',
  message: 'The clip is not on this machine any more.',
  retryable: true,
  vendorCode: null,
};
