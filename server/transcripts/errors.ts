import { Problem, TooMany } from '../platform/problem.ts';

/** Footage that cannot be captioned. */
export class FootageProblem extends Problem {
  constructor(code: string, message: string, action: string) {
    super({ kind: 'invalid', code, message, action });
  }
}

export const withoutSound = () =>
  new FootageProblem(
    'footage_silent',
    'The file has no sound, so there are no words to caption.',
    'Give a video or audio file in which the words of the script are spoken.',
  );

export const tooLong = (minutes: number) =>
  new FootageProblem(
    'footage_too_long',
    `The file is longer than ${minutes} minutes.`,
    'Cut it into shorter files, each with its own part of the script.',
  );

export const withoutWords = () =>
  new FootageProblem(
    'script_empty',
    'The script has no words.',
    'Write down what is said in the file.',
  );

export const nothingHeard = () =>
  new FootageProblem(
    'nothing_heard',
    'No words were heard in the file.',
    'Give a file in which somebody speaks, or send along the script of what is said.',
  );

export const scriptNeeded = () =>
  new FootageProblem(
    'script_needed',
    'Without the words that are spoken, captions need a speech recogniser, and none is set up here.',
    'Send along what is said as `script`; whoever runs this installation can set WHISPER_URL or OPENAI_API_KEY instead.',
  );

export class TranscriptNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'transcript_not_found',
      message: 'There is no such transcript.',
      action: 'Check the id.',
    });
  }
}

export class TranscriptFileNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'transcript_file_not_found',
      message: 'The transcript has no such file.',
      action: 'Take one of its `files`; they are there once its status is `succeeded`.',
    });
  }
}

export class TooManyTranscripts extends TooMany {
  constructor(limit: number) {
    super({
      code: 'too_many_transcripts',
      message: `There may be ${limit} unfinished transcripts at a time.`,
      action: 'Wait until some are finished.',
      retryAfterSeconds: 60,
    });
  }
}

/** The work ended its worker again and again: running it once more would do the same. */
export class TranscriptLostTooOften extends Problem {
  constructor() {
    super({
      kind: 'internal',
      code: 'transcript_lost',
      message: 'The work on this transcript ended its process every time it was tried.',
      action: 'Try a shorter or smaller file.',
    });
  }
}
