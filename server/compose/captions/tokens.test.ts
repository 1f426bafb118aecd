import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenize } from './tokens.ts';

const words = (text: string, language: string | null = null) =>
  tokenize(text, language).map((token) => token.text);

describe('caption words', () => {
  test('are parted by white space and keep their punctuation', () => {
    expect(words(' “Wait,” she\nsaid:\t100% {wow}! ')).toEqual([
      '“Wait,”',
      'she',
      'said:',
      '100%',
      '{wow}!',
    ]);
  });

  test('keep the marks that French sets apart', () => {
    expect(words('« Trois cœurs » ? Oui\u00A0! 50 %')).toEqual([
      '«\u00A0Trois',
      'cœurs\u00A0»\u00A0?',
      'Oui\u00A0!',
      '50\u00A0%',
    ]);
  });

  test('keep emoji sequences whole', () => {
    expect(words('go 👩‍🚀🇩🇪 1️⃣ 👍🏽!')).toEqual(['go', '👩‍🚀🇩🇪', '1️⃣', '👍🏽!']);
  });

  test('are real words in Japanese, closing marks with the word before and opening ones with the next', () => {
    expect(words('「タコ」は、すごい。', 'ja')).toEqual(['「タコ」', 'は、', 'すごい。']);
  });

  test('are real words in Chinese and Thai, and what spaces part in Korean', () => {
    expect(words('章鱼有三颗心脏。', 'zh')).toEqual(['章鱼', '有', '三颗', '心脏。']);
    expect(words('มันชอบคลาน', 'th')).toEqual(['มัน', 'ชอบ', 'คลาน']);
    expect(words('漢字도 쓴다.', 'ko')).toEqual(['漢字도', '쓴다.']);
  });

  test('keep Latin names and numbers within Japanese whole', () => {
    expect(words('OpenAIの3.5倍です', 'ja')).toEqual(['OpenAI', 'の', '3.5', '倍', 'です']);
  });

  test('lose nothing of any text but its white space and invisible chunks', () => {
    const visible = (text: string) =>
      text
        .split(/[\s\u200B]+/u)
        .filter((chunk) => /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}]/u.test(chunk))
        .join('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(words(text).join('').replaceAll('\u00A0', '')).toBe(visible(text));
      }),
    );
  });

  test('tell where the text has a space', () => {
    expect(tokenize('好き です', 'ja').map((token) => token.spaced)).toEqual([true, true]);
    expect(tokenize('心臓が', 'ja').map((token) => token.spaced)).toEqual([true, false]);
  });

  test('come from any language tag, known or not', () => {
    expect(words('心臓が', 'not a tag!')).toEqual(['心臓', 'が']);
  });
});
