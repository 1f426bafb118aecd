/** More than this is not followed with care (ModelArk, create-task page, 2026-08: 1,000 English words). */
const MAX_WORDS = 1_000;
const MAX_CHARACTERS = 8_000;

/** A setting in the text, as older clients gave them: `--rs 1080p`, `--dur 5`, `--camerafixed false`. */
const FLAG =
  /(?<=^|\s)-{2,}[\p{L}\d][\p{L}\d_-]*(?:[\s=:]+(?:\d[\d.:]*(?:p|k|s)?|true|false|adaptive)(?=[\s,.;]|$))?/giu;

/**
 * The prompt as it is sent. The vendor still obeys settings written into the text, and what a user may set is not
 * decided there: they are taken out, and any other double hyphen becomes the dash it stands for.
 */
export function clipPrompt(prompt: string): string {
  const plain = prompt.replaceAll(FLAG, ' ').replaceAll(/-{2,}/g, '—');
  const words = plain.split(/\s+/u).filter((word) => word !== '');
  return words.slice(0, MAX_WORDS).join(' ').slice(0, MAX_CHARACTERS).trim().toWellFormed();
}
