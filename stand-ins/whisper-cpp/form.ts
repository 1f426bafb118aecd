import type { Body, FormFile } from '../body.ts';
import { Refused } from '../route.ts';

/** Fields that the server reads as numbers; it throws at anything else in them (server.cpp, 233fe1fc). */
const NUMBERS = [
  ...['temperature', 'temperature_inc', 'offset_t', 'offset_n', 'duration', 'max_context'],
  ...['max_len', 'best_of', 'beam_size', 'audio_ctx', 'word_thold', 'entropy_thold'],
  ...['logprob_thold', 'no_speech_thold'],
];

export type InferenceForm = {
  readonly file: FormFile;
  readonly format: string;
  readonly language: string;
  readonly splitsOnWord: boolean;
  readonly tellsLanguages: boolean;
};

/** What is asked of `/inference`; parts that the server does not know are passed over. Throws `Refused`. */
export function readInferenceForm(body: Body): InferenceForm {
  const fields = new Map(body.kind === 'form' ? body.fields : []);
  const file = body.kind === 'form' ? body.files.find((one) => one.field === 'file') : undefined;
  if (!file) throw new Refused(400, null, "no 'file' field in the request");
  for (const name of NUMBERS) {
    const value = fields.get(name);
    if (value !== undefined && !/^\s*[+-]?(?:\d|\.\d)/.test(value)) {
      throw new Refused(500, 'thrown', '500 Internal Server Error\nstof');
    }
  }
  return {
    file,
    format: fields.get('response_format') ?? 'json',
    // Not `auto`: the server's own default.
    language: fields.get('language') ?? 'en',
    splitsOnWord: isYes(fields.get('split_on_word')),
    tellsLanguages: !isYes(fields.get('no_language_probabilities')),
  };
}

const isYes = (value: string | undefined): boolean =>
  ['true', '1', 'yes', 'y'].includes(value ?? '');
