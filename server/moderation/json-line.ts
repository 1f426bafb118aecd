/** Strings, punctuation, and whatever else stands there. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"|[{}[\],:"]|[^\s{}[\],:"]+/g;

/**
 * The line, from 1, on which a value of a JSON text begins, or the innermost value on the way to it that is there.
 * `text` is well-formed.
 */
export function lineOf(text: string, path: readonly (string | number)[]): number {
  const tokens = [...text.matchAll(TOKENS)];
  let at = 0;
  for (const key of path) {
    const next = enter(tokens, at, key);
    if (next === null) break;
    at = next;
  }
  return lineAt(text, tokens[at]?.index ?? 0);
}

/** The token at which the value of that key begins, within the object or list that begins at token `at`. */
function enter(
  tokens: readonly RegExpExecArray[],
  at: number,
  key: string | number,
): number | null {
  let depth = 0;
  let index = 0;
  for (let next = at; next < tokens.length; next += 1) {
    const token = tokens[next]?.[0] ?? '';
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0 && next > at) return null;
    if (depth === 1) {
      if (token === ',') index += 1;
      else if (typeof key === 'number') {
        if (index === key && token !== ']') return next;
      } else if (tokens[next + 1]?.[0] === ':' && JSON.parse(token) === key) return next + 2;
    }
    if (token === '{' || token === '[') depth += 1;
  }
  return null;
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/** The line, from 1, on which a text stops being JSON: the first thing that cannot stand where it does. */
export function lineOfFault(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const next: Expected | null = follow(token, expected, open);
    if (next === null || (open.length === 0 && next !== 'comma or end')) return lineAt(text, index);
    expected = next;
  }
  return lineAt(text, text.trimEnd().length);
}

/** What may follow a token; null when it may not stand there. `open` holds the ends that are still due. */
function follow(token: string, expected: Expected, open: string[]): Expected | null {
  if (expected.endsWith('or end') && token === open.at(-1)) {
    open.pop();
    return 'comma or end';
  }
  switch (expected) {
    case 'colon':
      return token === ':' ? 'value' : null;
    case 'comma or end':
      if (token !== ',' || open.length === 0) return null;
      return open.at(-1) === '}' ? 'key' : 'value';
    case 'key':
    case 'key or end':
      return token.length > 1 && isLiteral(token) && token.startsWith('"') ? 'colon' : null;
    case 'value':
    case 'value or end':
      if (token === '{' || token === '[') {
        open.push(token === '{' ? '}' : ']');
        return token === '{' ? 'key or end' : 'value or end';
      }
      return isLiteral(token) ? 'comma or end' : null;
  }
}

function isLiteral(token: string): boolean {
  try {
    JSON.parse(token);
    return true;
  } catch {
    return false;
  }
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
