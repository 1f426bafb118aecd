import { Problem } from '../../../platform/problem.ts';

/** Nothing here can understand speech; with the text known it can only say when each word is spoken. */
export class TranscriptionUnavailable extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'transcription_unavailable',
      message:
        'Without the words that are spoken, captions need a speech recogniser, and none is set up.',
      action:
        'Give the text with --script FILE, or set WHISPER_URL (a whisper.cpp server) or OPENAI_API_KEY.',
    });
  }
}

export class UnreadableSound extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'invalid',
      code: 'unreadable_sound',
      message: 'The sound to align is not a 16 kHz mono WAV file.',
      cause,
    });
  }
}
