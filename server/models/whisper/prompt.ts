/** Whisper reads the last 224 tokens of a prompt (OpenAI speech-to-text guide, 2026-08): about 200 words. */
const MOST_WORDS = 200;
const MOST_CHARACTERS = 1_000;

/**
 * What is known to be said up to a place in the sound, as Whisper takes it: the spelling of names in it helps. Of
 * sound in several parts, `toShare` (0 to 1) is where this part ends. Null where nothing is known.
 */
export function promptOf(text: string | null, toShare: number): string | null {
  const words = text?.split(/\s+/u).filter((word) => word !== '') ?? [];
  const said = words.slice(0, Math.ceil(words.length * toShare)).slice(-MOST_WORDS);
  while (said.length > 1 && said.join(' ').length > MOST_CHARACTERS) said.shift();
  // A text without spaces is one word.
  const prompt = [...said.join(' ').toWellFormed()].slice(-MOST_CHARACTERS).join('');
  return prompt === '' ? null : prompt;
}
