import type { TimedWord } from '../models/models.ts';
import { type Match, matchWords } from './align-match.ts';

type Span = { readonly startMs: number; readonly endMs: number };

/** The longest a word that nobody heard may last per unit of weight: three quarters of a slow speaker's pace. */
const MAX_MS_PER_WEIGHT = 120;
/** The shortest room an unheard word needs per unit of weight; with less, it shares its neighbour's time. */
const MIN_MS_PER_WEIGHT = 25;

/**
 * Gives the script's own words (`tokens`, in order, as they are shown) the times of a clock's words
 * (`heard`), which may differ from them: numbers spoken out, misheard, missing, merged or split.
 *
 * A token that matches takes the time of what it matches. Tokens between matches share the time of
 * the unmatched words heard there; where nothing was heard they share the pause, and where there is
 * no pause a neighbour's time, by their spoken length. A token with nothing to say (a dash, an emoji)
 * gets no time: it starts and ends where the word before it ends.
 *
 * The answer has one entry a token with its text unchanged. Times are milliseconds within
 * 0..`totalMs`, in order and never overlapping. Without any heard word, the tokens share the whole.
 */
export function alignWords(
  tokens: readonly string[],
  heard: readonly TimedWord[],
  totalMs: number,
): TimedWord[] {
  const endOfAll = Number.isFinite(totalMs) ? Math.max(0, totalMs) : 0;
  const clock = straighten(heard, endOfAll);
  const spans: Span[] = [];
  let tokenIndex = 0;
  let heardIndex = 0;
  for (const match of [...joinCramped(matchWords(tokens, clock), tokens, clock, endOfAll), null]) {
    const nextToken = match?.tokenStart ?? tokens.length;
    const nextHeard = match?.heardStart ?? clock.length;
    const from = clock[heardIndex - 1]?.endMs ?? 0;
    const to = match === null ? endOfAll : (clock[nextHeard]?.startMs ?? endOfAll);
    const between = tokens.slice(tokenIndex, nextToken);
    const room = { startMs: from, endMs: to };
    spans.push(...placeBetween(between, clock.slice(heardIndex, nextHeard), room, tokenIndex > 0));
    if (match === null) break;
    spans.push(
      ...spread(
        tokens.slice(match.tokenStart, match.tokenEnd),
        clock.slice(match.heardStart, match.heardEnd),
      ),
    );
    tokenIndex = match.tokenEnd;
    heardIndex = match.heardEnd;
  }
  return settle(tokens, spans, endOfAll);
}

/** The clock's words in order, within the audio, without overlaps: whatever the clock said. */
function straighten(heard: readonly TimedWord[], totalMs: number): TimedWord[] {
  let at = 0;
  return heard
    .filter((word) => Number.isFinite(word.startMs) && Number.isFinite(word.endMs))
    .map((word) => {
      const startMs = Math.min(totalMs, Math.max(at, word.startMs));
      const endMs = Math.min(totalMs, Math.max(startMs, word.endMs));
      at = endMs;
      return { text: word.text, startMs, endMs };
    });
}

/**
 * Widens a match over the unheard tokens beside it when the pause there has no room for them, so that
 * they share its time: over those before it, and the last match over those after it too.
 */
function joinCramped(
  matches: readonly Match[],
  tokens: readonly string[],
  clock: readonly TimedWord[],
  totalMs: number,
): Match[] {
  return matches.map((match, index) => {
    const before = matches[index - 1] ?? { tokenEnd: 0, heardEnd: 0 };
    const roomBefore = {
      startMs: clock[before.heardEnd - 1]?.endMs ?? 0,
      endMs: clock[match.heardStart]?.startMs ?? totalMs,
    };
    const crampedBefore =
      before.heardEnd === match.heardStart &&
      isCramped(tokens.slice(before.tokenEnd, match.tokenStart), roomBefore);
    const roomAfter = { startMs: clock[match.heardEnd - 1]?.endMs ?? 0, endMs: totalMs };
    const crampedAfter =
      index === matches.length - 1 &&
      match.heardEnd === clock.length &&
      isCramped(tokens.slice(match.tokenEnd), roomAfter);
    return {
      ...match,
      tokenStart: crampedBefore ? before.tokenEnd : match.tokenStart,
      tokenEnd: crampedAfter ? tokens.length : match.tokenEnd,
    };
  });
}

function isCramped(tokens: readonly string[], room: Span): boolean {
  return room.endMs - room.startMs < weightOf(tokens) * MIN_MS_PER_WEIGHT;
}

/** Times for tokens that match nothing, from the unmatched words heard there or else from the pause. */
function placeBetween(
  tokens: readonly string[],
  heard: readonly TimedWord[],
  room: Span,
  afterWord: boolean,
): Span[] {
  if (tokens.length === 0) return [];
  if (heard.length > 0) return spread(tokens, heard);
  const wantedMs = weightOf(tokens) * MAX_MS_PER_WEIGHT;
  const roomMs = Math.max(0, room.endMs - room.startMs);
  const usedMs = afterWord ? Math.min(roomMs, wantedMs) : roomMs;
  return spread(tokens, [{ startMs: room.startMs, endMs: room.startMs + usedMs }]);
}

/** Shares the time of `spans`, put end to end without the pauses between them, among tokens by weight. */
function spread(tokens: readonly string[], spans: readonly Span[]): Span[] {
  const total = weightOf(tokens);
  const voiced = tokens.filter((token) => weight(token) > 0);
  if (voiced.length === spans.length) return pairUp(tokens, spans);
  const lengthMs = spans.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
  let done = 0;
  return tokens.map((token) => {
    const share = total > 0 ? weight(token) : 1;
    const startMs = pointAfter(spans, (done / (total || tokens.length)) * lengthMs, 'next');
    done += share;
    const endMs = pointAfter(spans, (done / (total || tokens.length)) * lengthMs, 'previous');
    return { startMs, endMs: Math.max(startMs, endMs) };
  });
}

/** One span for each token that says something; a silent one ends where the word before it does. */
function pairUp(tokens: readonly string[], spans: readonly Span[]): Span[] {
  const left = [...spans];
  let last = left[0] ?? { startMs: 0, endMs: 0 };
  return tokens.map((token) => {
    if (weight(token) > 0) last = left.shift() ?? last;
    return last;
  });
}

/** The time at which `elapsedMs` of the spans have passed; at a border, the end before or the start after it. */
function pointAfter(
  spans: readonly Span[],
  elapsedMs: number,
  border: 'previous' | 'next',
): number {
  // Half a microsecond absorbs the rounding of sums, so that a border is met as a border.
  const slackMs = border === 'next' ? -0.0005 : 0.0005;
  let left = elapsedMs;
  for (const span of spans) {
    const lengthMs = span.endMs - span.startMs;
    if (left < lengthMs + slackMs) return Math.min(span.endMs, span.startMs + Math.max(0, left));
    left -= lengthMs;
  }
  return spans.at(-1)?.endMs ?? 0;
}

/** Whole milliseconds, in order, without overlaps, inside the audio. */
function settle(tokens: readonly string[], spans: readonly Span[], totalMs: number): TimedWord[] {
  let at = 0;
  return tokens.map((text, index) => {
    const span = spans[index] ?? { startMs: at, endMs: at };
    const silent = weight(text) === 0 && tokens.some((token) => weight(token) > 0);
    const startMs = silent ? at : Math.min(totalMs, Math.max(at, Math.round(span.startMs)));
    const endMs = silent ? at : Math.min(totalMs, Math.max(startMs, Math.round(span.endMs)));
    at = endMs;
    return { text, startMs, endMs };
  });
}

function weightOf(tokens: readonly string[]): number {
  return tokens.reduce((sum, token) => sum + weight(token), 0);
}

/**
 * How long a word takes to say, in letters of Latin script: an ideograph is a syllable (about three
 * letters), and so is a digit, which is spoken as a word.
 */
function weight(token: string): number {
  let sum = 0;
  for (const character of token) {
    if (/[\p{Script=Han}\p{Script=Hangul}\p{Nd}]/u.test(character)) sum += 3;
    else if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)) sum += 2;
    else if (/[\p{L}\p{N}%$€£&+]/u.test(character)) sum += 1;
  }
  return sum;
}
