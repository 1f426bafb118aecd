import { Problem } from '../platform/problem.ts';

/** A plan asks for something that no film can be: a negative length, a caption outside its scene. */
export class BadPlan extends Problem {
  constructor(message: string) {
    super({
      kind: 'invalid',
      code: 'bad_plan',
      message,
      action: 'Check the lengths and the order of the scenes.',
    });
  }
}

/** The engine wrote something other than what was planned; never shown to a user as a finished film. */
export class UnreadableMeasure extends Problem {
  constructor(what: string) {
    super({
      kind: 'internal',
      code: 'unreadable_measure',
      message: `The media engine gave no ${what}.`,
      action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
      retryable: true,
    });
  }
}
