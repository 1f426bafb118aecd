/** Chat models on BytePlus that hold an answer to a JSON schema (probed on the live service, 2026-07-31). */
const HELD = [
  'dola-seed-2-1-turbo-260628',
  'seed-2-0-pro-260328',
  'seed-2-0-lite-260228',
  'seed-2-0-mini-260215',
  'seed-1-8-251228',
  'seed-1-6-250915',
  'seed-1-6-250615',
  'seed-1-6-flash-250715',
  'seed-1-6-flash-250615',
  'glm-5-2-260617',
];
/** Those that answer 400 when asked for one. */
const FREE = ['seed-2-0-lite-260428', 'seed-2-0-mini-260428', 'seed-2-0-code-preview-260328'];

export const CHAT_MODEL_NAMES: readonly string[] = [...HELD, ...FREE];

/** Whether it can be held to a schema; null for a name that is none. */
export function isHeldModel(name: string): boolean | null {
  if (HELD.includes(name) || name.startsWith('ep-')) return true;
  return FREE.includes(name) ? false : null;
}
