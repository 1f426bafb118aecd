/** Words a second of the built-in voice, the pauses between scenes counted in. */
const WORDS_A_SECOND = 2.4;
const FEWEST_BEATS = 2;

export function countWords(text: string): number {
  return text.match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
}

/** As many of the beats, in order, as fit into `seconds` of speech beside `others`; two at least. */
export function fitBeats<Beat extends { readonly say: string }>(
  beats: readonly Beat[],
  seconds: number,
  others: readonly string[],
): readonly Beat[] {
  const budget = seconds * WORDS_A_SECOND;
  let used = others.reduce((sum, text) => sum + countWords(text), 0);
  let fitting = 0;
  for (const { say } of beats) {
    used += countWords(say);
    // Half a beat over is nearer to the wish than half a beat under.
    if (fitting >= FEWEST_BEATS && used > budget + countWords(say) / 2) break;
    fitting += 1;
  }
  return beats.slice(0, fitting);
}

/** About how many seconds the narrations last. */
export function estimateSeconds(narrations: readonly string[]): number {
  return narrations.reduce((sum, text) => sum + countWords(text), 0) / WORDS_A_SECOND;
}
