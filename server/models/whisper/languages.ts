/** What Whisper speaks, in its own codes (openai/whisper, tokenizer.py, 2024-11). */
const SPOKEN: ReadonlySet<string> = new Set(
  (
    'en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ' +
    'ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd ' +
    'gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue'
  ).split(' '),
);

/** Codes that Whisper writes in another way. */
const OTHERWISE: Readonly<Record<string, string>> = { nb: 'no', jv: 'jw', fil: 'tl' };

/** Whisper's code of a BCP 47 language; null for one it does not speak, and for none. */
export function whisperLanguage(language: string | null): string | null {
  const primary = primarySubtag(language ?? 'und');
  const code = OTHERWISE[primary] ?? primary;
  return SPOKEN.has(code) ? code : null;
}

function primarySubtag(language: string): string {
  try {
    return new Intl.Locale(language).language;
  } catch {
    return 'und';
  }
}
