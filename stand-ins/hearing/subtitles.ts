import type { TimedWord } from '../../server/models/models.ts';

export type Segment = {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly words: readonly TimedWord[];
};

const SENTENCE_END = /[.!?…。！？]["'”’)]*$/u;

/** Words by sentence, as recognisers part them. */
export function sentencesOf(words: readonly TimedWord[]): readonly Segment[] {
  const sentences: TimedWord[][] = [];
  let open: TimedWord[] = [];
  for (const word of words) {
    open.push(word);
    if (!SENTENCE_END.test(word.text)) continue;
    sentences.push(open);
    open = [];
  }
  if (open.length > 0) sentences.push(open);
  return sentences.map((sentence) => ({
    text: sentence.map((word) => word.text).join(' '),
    startMs: sentence[0]?.startMs ?? 0,
    endMs: sentence.at(-1)?.endMs ?? 0,
    words: sentence,
  }));
}

export function srt(segments: readonly Segment[]): string {
  const cues = segments.map(
    ({ text, startMs, endMs }, index) =>
      `${index + 1}\n${time(startMs, ',')} --> ${time(endMs, ',')}\n${text}\n`,
  );
  return `${cues.join('\n')}\n`;
}

export function vtt(segments: readonly Segment[]): string {
  const cues = segments.map(
    ({ text, startMs, endMs }) => `${time(startMs, '.')} --> ${time(endMs, '.')}\n${text}\n`,
  );
  return `WEBVTT\n\n${cues.join('\n')}\n`;
}

/** `00:01:02,345`. */
function time(ms: number, mark: ',' | '.'): string {
  const text = new Date(Math.round(ms)).toISOString().slice(11, 23);
  return text.replace('.', mark);
}
