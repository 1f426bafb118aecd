import { sha256 } from '../body.ts';
import type { Heard, Hearing } from '../hearing/hearing.ts';
import { languageName } from '../hearing/languages.ts';
import { sentencesOf, srt, vtt } from '../hearing/subtitles.ts';
import { jsonReply, type Reply, textReply } from '../reply.ts';
import { type Ask, Refused, type Route } from '../route.ts';
import { openAiHeaders } from './errors.ts';
import { readTranscriptionRequest, type TranscriptionRequest } from './transcription-request.ts';

const LEAST_SECONDS = 0.1;

/** Hearing, by what the `prompt` or the table of told transcripts says. */
export function transcriptionRoute(
  path: string,
  hearing: Hearing,
  authorize: (ask: Ask) => void,
): Route {
  return {
    ...{ name: 'transcribe', method: 'POST', path },
    handle(ask) {
      authorize(ask);
      const request = readTranscriptionRequest(ask.body);
      const { bytes } = request.file;
      const heard = hearing.hear(bytes, request.prompt);
      if (!heard) throw new Refused(400, null, 'The audio file could not be decoded.', 'file');
      if (heard.seconds < LEAST_SECONDS) {
        const message = `Audio file is too short. Minimum audio length is ${LEAST_SECONDS} seconds.`;
        throw new Refused(400, 'audio_too_short', message, 'file');
      }
      const hash = sha256(bytes);
      const seconds = Math.ceil(heard.seconds);
      ask.bought({ id: hash, key: hash, details: { model: request.model, seconds } });
      return withHeaders(present(request, heard));
    },
  };
}

function present(request: TranscriptionRequest, heard: Heard): Reply {
  const usage = { type: 'duration', seconds: Math.ceil(heard.seconds) };
  const sentences = sentencesOf(heard.words);
  switch (request.format) {
    case 'json':
      return jsonReply({ text: heard.text, usage });
    case 'text':
      return textReply(`${heard.text}\n`);
    case 'srt':
      return textReply(srt(sentences));
    case 'vtt':
      return textReply(vtt(sentences));
    case 'verbose_json':
      return jsonReply({ ...verbose(request, heard), usage });
  }
}

function verbose({ language, granularities }: TranscriptionRequest, heard: Heard) {
  const words = heard.words.map((word) => ({
    word: withoutMarks(word.text),
    start: seconds(word.startMs),
    end: seconds(word.endMs),
  }));
  return {
    task: 'transcribe',
    language: languageName(language),
    duration: heard.seconds,
    text: heard.text,
    ...(granularities.includes('word') ? { words: words.filter(({ word }) => word !== '') } : {}),
    ...(granularities.includes('segment') ? { segments: segmentsOf(heard) } : {}),
  };
}

function segmentsOf({ words }: Heard) {
  return sentencesOf(words).map(({ text, startMs, endMs, words: spoken }, id) => ({
    ...{ id, seek: 0, start: seconds(startMs), end: seconds(endMs), text: ` ${text}` },
    tokens: spoken.map((_word, index) => 50_364 + index),
    ...{ temperature: 0, avg_logprob: -0.2, compression_ratio: 1.2, no_speech_prob: 0.01 },
  }));
}

/** The vendor's words have no punctuation around them and no space. */
const withoutMarks = (word: string): string =>
  word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu, '');

const seconds = (ms: number): number => Math.round(ms / 10) / 100;

const withHeaders = (reply: Reply): Reply => ({
  ...reply,
  headers: { ...reply.headers, ...openAiHeaders() },
});
