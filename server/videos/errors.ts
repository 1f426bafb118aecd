import { Problem } from '../platform/problem.ts';

export class VideoNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'video_not_found',
      message: 'There is no such video.',
      action: 'Check the id or the file name, or make the video first with `./clipt make`.',
    });
  }
}

/** Moderation refused the text; the category is told, never the matching words. */
export class ContentRejected extends Problem {
  constructor(category: string) {
    super({
      kind: 'invalid',
      code: 'content_rejected',
      message: `The text was refused by moderation (${category}).`,
      action: 'Change the topic or script so that it does not ask for this.',
    });
  }
}

/** The finished film did not measure up; it is kept from the user rather than handed out. */
export class FilmRejected extends Problem {
  constructor(failed: readonly string[]) {
    super({
      kind: 'internal',
      code: 'check_failed',
      message: `The finished film did not pass its check (${failed.join(', ')}).`,
      action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
    });
  }
}

/** The work ended its worker again and again: running it once more would do the same. */
export class StepLostTooOften extends Problem {
  constructor() {
    super({
      kind: 'internal',
      code: 'step_lost',
      message: 'This part of the work ended its process every time it was tried.',
      action: 'Free some memory, or run `./clipt doctor` to see what this machine lacks.',
    });
  }
}

export class AlreadyEnded extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'already_terminal',
      message: 'The video is not being made at the moment.',
    });
  }
}
