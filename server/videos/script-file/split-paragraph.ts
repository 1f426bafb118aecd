/** Speech a scene should last at most, in seconds, and what is too short to stand alone. */
const LONGEST_SECONDS = 14;
const SHORTEST_SECONDS = 2;
/** A built-in voice says 2.4–2.8 words a second; scripts without spaces run at about 6 characters a second. */
const WORDS_A_SECOND = 2.5;
const DENSE_CHARACTERS_A_SECOND = 6;

const DENSE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Words after which a full stop ends no sentence; the segmenter splits after some of them. */
const ABBREVIATION =
  /(?:^|[\s("'“‘])(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Gen|Col|Sgt|Capt|Lt|Rev|Hon|vs|etc|e\.g|i\.e|cf|approx|No|Nos|Fig|Vol|pp|Inc|Ltd|Co|Mt|Ave|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z])\.\s*$/u;

/** About how long the text takes to say. */
export function estimateSeconds(text: string): number {
  const dense = text.match(DENSE)?.length ?? 0;
  const words = text.replace(DENSE, ' ').match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
  return dense / DENSE_CHARACTERS_A_SECOND + words / WORDS_A_SECOND;
}

/**
 * A paragraph as one scene, or, when it takes longer than 14 s to say, as several of whole sentences,
 * about equally long. A single longer sentence stays whole. Joined by spaces the parts are the
 * paragraph again, except that a script written without spaces has none between its sentences.
 */
export function splitParagraph(paragraph: string): readonly string[] {
  const total = estimateSeconds(paragraph);
  if (total <= LONGEST_SECONDS) return [paragraph];
  const target = total / Math.ceil(total / (LONGEST_SECONDS * 0.75));
  const parts: string[] = [];
  let part = '';
  for (const sentence of sentencesOf(paragraph)) {
    const joined = part + sentence;
    const full = estimateSeconds(part) >= target * 0.85;
    if (part !== '' && (full || estimateSeconds(joined) > LONGEST_SECONDS)) {
      parts.push(part);
      part = sentence;
    } else part = joined;
  }
  const previous = parts.at(-1);
  if (previous !== undefined && estimateSeconds(part) < SHORTEST_SECONDS)
    parts[parts.length - 1] = previous + part;
  else parts.push(part);
  return parts.map((words) => words.trim());
}

/** Sentences with their trailing spaces; joined they are the text. */
function sentencesOf(text: string): readonly string[] {
  const sentences: string[] = [];
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(
    text,
  )) {
    const previous = sentences.at(-1);
    if (previous !== undefined && goesOn(previous, segment))
      sentences[sentences.length - 1] = previous + segment;
    else sentences.push(segment);
  }
  return sentences;
}

function goesOn(previous: string, next: string): boolean {
  return ABBREVIATION.test(previous) || !/[\p{L}\p{N}]/u.test(next);
}
