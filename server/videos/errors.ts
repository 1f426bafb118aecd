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

/** Told before anything is bought. */
export class OverMaxCreditsEstimate extends Problem {
  constructor(needed: number, max: number) {
    super({
      kind: 'invalid',
      code: 'over_max_credits',
      message: `The video is expected to cost ${needed} credits, and may cost ${max}.`,
      action: 'Raise max_credits, or ask for a shorter video.',
    });
  }
}

export class VideoBusy extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'video_busy',
      message: 'The video is being made at the moment.',
      action: 'Wait until it ends, or cancel it first.',
    });
  }
}

export class SceneNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'scene_not_found',
      message: 'The video has no such scene.',
      action: 'Take a scene id from the video; a video whose script is not written has none yet.',
    });
  }
}

export class TakeNotFound extends Problem {
  constructor() {
    super({ kind: 'not-found', code: 'take_not_found', message: 'The scene has no such take.' });
  }
}

export class NotWritten extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'script_not_written',
      message: 'The script of this video is not written yet, so it has no scenes to change.',
      action: 'Wait until it has scenes, or give your own.',
    });
  }
}

export class NotSupportedByModel extends Problem {
  constructor(what: string) {
    super({
      kind: 'invalid',
      code: 'not_supported_by_model',
      message: `The video model in use cannot begin with ${what}.`,
      action: 'Leave it out, or let the operator set up a model that can (see GET /v1/formats).',
    });
  }
}

export class RenderFileNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'file_not_found',
      message: 'There is no such file.',
      action: 'GET /v1/videos/{id}/files lists the files of a video.',
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
