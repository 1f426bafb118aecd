/** Characters of narration a voice speaks in a second, spaces included (English, 150 words a minute). */
const CHARACTERS_PER_SECOND = 15;
/** Languages written without spaces say more with a character. */
const DENSE_CHARACTERS_PER_SECOND = 5;

/** About how long a voice takes to say these; for estimates, before anything is spoken. */
export function spokenSeconds(narrations: readonly string[]): number {
  const text = narrations.join(' ');
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  return dense / DENSE_CHARACTERS_PER_SECOND + (text.length - dense) / CHARACTERS_PER_SECOND;
}
