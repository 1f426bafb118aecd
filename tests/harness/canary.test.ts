import { expect, test } from 'vitest';
import { formsOf, newCanary } from './canary.ts';

test('a canary is found in every form, wherever it stands', () => {
  const canary = newCanary();
  const found = (text: string) => formsOf(canary).some((form) => text.includes(form));
  const encode = (text: string, as: BufferEncoding) => Buffer.from(text).toString(as);
  for (const before of ['', 'a', 'ab', 'abc', 'é']) {
    const text = `${before}${canary}${before}`;
    for (const form of [
      ...[text, JSON.stringify({ text }), JSON.stringify(JSON.stringify({ text }))],
      ...[encodeURIComponent(text), new URLSearchParams({ text }).toString()],
      ...[
        encode(text, 'base64'),
        encode(text, 'base64url'),
        encode(text, 'hex'),
        encode(JSON.stringify(text), 'base64'),
      ],
    ]) {
      expect(found(form)).toBe(true);
    }
    expect(found(text.replace(/[0-9a-f]{16}/, newCanary().slice(8, 24)))).toBe(false);
  }
});
