import type { EgressPolicy } from '../../platform/egress/egress.ts';
import { OPENAI } from './openai-errors.ts';
import { WHISPER_CPP } from './whisper-cpp-errors.ts';

/** All that may be said to OpenAI when transcribing. Nothing here can name a user. */
export function openAiPolicy(baseUrl: string): EgressPolicy {
  return {
    vendor: OPENAI,
    baseUrl,
    fileHosts: [],
    headers: ['authorization'],
    routes: [
      {
        method: 'POST',
        path: '/audio/transcriptions',
        form: [
          'file',
          'model',
          'response_format',
          'timestamp_granularities[]',
          'language',
          'prompt',
        ],
      },
    ],
  };
}

/** All that may be said to a whisper.cpp server. */
export function whisperCppPolicy(baseUrl: string): EgressPolicy {
  return {
    vendor: WHISPER_CPP,
    baseUrl,
    fileHosts: [],
    headers: [],
    routes: [
      {
        method: 'POST',
        path: '/inference',
        form: [
          'file',
          'response_format',
          'split_on_word',
          'language',
          'no_language_probabilities',
          'temperature',
        ],
      },
    ],
  };
}
