import { randomBytes } from 'node:crypto';

/** A text that nobody else writes, with characters that every encoding writes in its own way. */
export function newCanary(): string {
  return `canary "${randomBytes(8).toString('hex')}" é/ü & co`;
}

/** The part of a canary that every encoding of text leaves as it is. */
export const coreOf = (canary: string): string => /[0-9a-f]{16}/.exec(canary)?.[0] ?? canary;

/** Every form in which a text may turn up: as it is, in JSON, in an address, in a form, in hexadecimal, in base64 wherever it begins. */
export function formsOf(text: string): readonly string[] {
  const [json, url] = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  const ascii = json.replaceAll(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const plain = [
    text,
    json,
    ascii,
    JSON.stringify(json).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    Buffer.from(text).toString('hex'),
  ];
  return [...plain, coreOf(text), ...[text, json].flatMap(base64Forms)];
}

/** Its base64 at each of the three places where it may begin, without what its neighbours are part of. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    const inner = whole.subarray(before === 0 ? 0 : 3);
    return [inner.toString('base64'), inner.toString('base64url')];
  });
}
