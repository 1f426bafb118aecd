import type { Heard } from '../hearing/hearing.ts';
import { languageName } from '../hearing/languages.ts';
import { type Segment, srt, vtt } from '../hearing/subtitles.ts';
import { jsonReply, type Reply, textReply } from '../reply.ts';
import type { InferenceForm } from './form.ts';
import { type Token, tokensOf, wrapped } from './tokens.ts';

/** What was heard, in the shape that was asked for; unknown shapes are `json`. */
export function presentHeard(form: InferenceForm, heard: Heard): Reply {
  const lines = wrapped(tokensOf(heard.words), form.splitsOnWord);
  const segments = lines.map(segmentOf);
  const text = segments.map((segment) => `${segment.text}\n`).join('');
  switch (form.format) {
    case 'text':
      return textReply(text, 'text/html');
    case 'srt':
      return textReply(srt(segments), 'application/x-subrip');
    case 'vtt':
      return textReply(vtt(segments), 'text/vtt');
    case 'verbose_json':
      return jsonReply(verbose(form, heard, lines, text));
    default:
      return jsonReply({ text });
  }
}

function segmentOf(tokens: readonly Token[]): Segment {
  return {
    text: textOf(tokens),
    startMs: (tokens[0]?.start ?? 0) * 1000,
    endMs: (tokens.at(-1)?.end ?? 0) * 1000,
    words: [],
  };
}

function verbose(
  { language, tellsLanguages }: InferenceForm,
  heard: Heard,
  lines: readonly (readonly Token[])[],
  text: string,
) {
  const spoken = language === 'auto' ? 'en' : language;
  return {
    task: 'transcribe',
    language: languageName(language),
    duration: heard.seconds,
    text,
    segments: lines.map((tokens, id) => ({
      ...{ id, text: textOf(tokens) },
      ...{ start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 },
      tokens: tokens.map((_token, index) => 300 + index),
      words: tokens,
      ...{ temperature: 0, avg_logprob: -0.2, no_speech_prob: 0.01 },
    })),
    ...(tellsLanguages
      ? {
          detected_language: languageName(language),
          detected_language_probability: 0.99,
          language_probabilities: { [spoken]: 0.99 },
        }
      : {}),
  };
}

const textOf = (tokens: readonly Token[]): string => tokens.map((token) => token.word).join('');
