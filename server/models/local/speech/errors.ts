import { Problem } from '../../../platform/problem.ts';

/** What the built-in voices refuse, and what they failed at. */
class SpeechProblem extends Problem {}

export const languageNotSpoken = () =>
  new SpeechProblem({
    kind: 'invalid',
    code: 'language_not_spoken',
    message: 'The built-in voices speak English only, and this narration is not English text.',
    action:
      'Set ELEVENLABS_API_KEY for a voice in this language, bring your own narration audio and caption it with `./clipt captions FILE --script FILE`, or write the script in English.',
  });

export const narrationTooLong = (limit: number) =>
  new SpeechProblem({
    kind: 'invalid',
    code: 'narration_too_long',
    message: `One narration may have at most ${limit} characters.`,
    action: 'Split the scene in two.',
  });

export const unknownVoice = (known: readonly string[]) =>
  new SpeechProblem({
    kind: 'invalid',
    code: 'unknown_voice',
    message: 'There is no built-in voice of that name.',
    action: `Choose one of: ${known.join(', ')}.`,
  });

export const speechFailed = (cause: unknown) =>
  new SpeechProblem({
    kind: 'internal',
    code: 'speech_failed',
    message: 'The built-in voice could not speak this narration.',
    action: 'Run the command again; if it stays, choose another voice with --voice.',
    retryable: true,
    cause,
  });
