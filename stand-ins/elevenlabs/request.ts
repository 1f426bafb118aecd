import { z } from 'zod';
import { type Ask, Refused } from '../route.ts';
import { type SpeechModelFacts, speechModel } from './models.ts';
import { findVoice } from './voices.ts';

const RATES = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const FORMATS: ReadonlySet<string> = new Set([
  ...['mp3_22050_32', 'mp3_24000_48'],
  ...[32, 64, 96, 128, 192].flatMap((rate) => [`mp3_44100_${rate}`, `opus_48000_${rate}`]),
  ...RATES.flatMap((rate) => [`pcm_${rate}`, `wav_${rate}`]),
  ...['ulaw_8000', 'alaw_8000'],
]);
const QUERY = ['output_format', 'enable_logging', 'optimize_streaming_latency'];

/** Fields nobody knows are passed over, as the vendor does. */
const form = z.object({
  text: z.string(),
  model_id: z.string().default('eleven_multilingual_v2'),
  language_code: z.string().nullish(),
  seed: z.int().min(0).max(0xffff_ffff).nullish(),
  previous_text: z.string().nullish(),
  next_text: z.string().nullish(),
  previous_request_ids: z.array(z.string()).max(3).nullish(),
  next_request_ids: z.array(z.string()).max(3).nullish(),
  voice_settings: z
    .object({
      stability: z.number().min(0).max(1).nullish(),
      similarity_boost: z.number().min(0).max(1).nullish(),
      style: z.number().min(0).max(1).nullish(),
      use_speaker_boost: z.boolean().nullish(),
      speed: z.number().min(0.7).max(1.2).nullish(),
    })
    .nullish(),
  apply_text_normalization: z.enum(['auto', 'on', 'off']).default('auto'),
});

export type SpeechRequest = {
  readonly text: string;
  readonly modelId: string;
  readonly voice: string;
  readonly gender: 'female' | 'male';
  readonly format: string;
  readonly speed: number;
  readonly credits: number;
};

/** What is to be spoken, by the vendor's rules. Throws `Refused`. */
export function readSpeechRequest(ask: Ask, isEnterprise: boolean): SpeechRequest {
  const read = form.safeParse(ask.body.kind === 'json' ? ask.body.value : {});
  if (!read.success) {
    const [issue] = read.error.issues;
    const isMissing = ask.body.kind !== 'json' || issue?.path[0] === 'text';
    const type = isMissing ? 'missing' : 'value_error';
    throw new Refused(422, type, issue?.message ?? '', issue?.path.join('.') ?? 'text');
  }
  const { text, model_id: modelId } = read.data;
  const model = speechModel(modelId);
  if (!model) {
    throw new Refused(400, 'unsupported_model', `A model with ID ${modelId} does not exist.`);
  }
  const voiceId = ask.params['voice'] ?? '';
  const voice = findVoice(voiceId);
  if (!voice) {
    throw new Refused(404, 'voice_not_found', `A voice with ID ${voiceId} was not found.`);
  }
  checkModel(read.data, model);
  const format = checkQuery(ask.query, isEnterprise);
  const characters = [...text].length;
  if (characters > model.mostCharacters) {
    const message = `A single request can have up to ${model.mostCharacters} characters.`;
    throw new Refused(400, 'max_character_limit_exceeded', message, 'text');
  }
  return {
    ...{ text, modelId, format, voice: voice.id, gender: voice.gender },
    speed: read.data.voice_settings?.speed ?? 1,
    credits: Math.ceil(characters * model.creditsPerCharacter),
  };
}

function checkModel(given: z.infer<typeof form>, model: SpeechModelFacts): void {
  if (given.text.trim() === '') throw invalid('text', 'The text is empty.');
  const neighbours = [given.previous_text, given.next_text, given.previous_request_ids];
  if (!model.stitches && neighbours.some((one) => one !== undefined && one !== null)) {
    const message = `Providing previous_text or next_text is not yet supported with the '${given.model_id}' model.`;
    throw new Refused(400, 'unsupported_model', message);
  }
  if (given.language_code && !model.takesLanguage) {
    throw invalid('language_code', `The model ${given.model_id} takes no language code.`);
  }
}

/** The output format. */
function checkQuery(query: URLSearchParams, isEnterprise: boolean): string {
  const unknown = [...query.keys()].find((name) => !QUERY.includes(name));
  if (unknown !== undefined) throw invalid(unknown, 'The parameter is not known.');
  // The vendor's code for this refusal is not documented.
  if (query.get('enable_logging') === 'false' && !isEnterprise) {
    const message = 'Zero retention mode is only available to enterprise customers.';
    throw new Refused(403, 'only_for_enterprise', message, 'enable_logging');
  }
  const format = query.get('output_format') ?? 'mp3_44100_128';
  if (!FORMATS.has(format)) throw new Refused(422, 'enum', 'Unknown format.', 'output_format');
  return format;
}

const invalid = (param: string, message: string) =>
  new Refused(400, 'invalid_parameters', message, param);
