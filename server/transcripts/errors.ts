import { Problem } from '../platform/problem.ts';

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
