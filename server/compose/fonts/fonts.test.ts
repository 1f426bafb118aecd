import { GlobalFonts } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { faceFor, MONTSERRAT } from './fonts.ts';

const choice = { display: MONTSERRAT, weight: 800, language: null } as const;

function familyOf(cluster: string, language: string | null = null): string | undefined {
  const found = faceFor(cluster, { ...choice, language });
  return 'face' in found ? found.face.family : undefined;
}

describe('the font of a character', () => {
  test.each([
    ['A', 'Montserrat'],
    ['é', 'Montserrat'],
    ['Ж', 'Montserrat'],
    ['Ω', 'NotoSans'],
    ['م', 'NotoSansArabic'],
    ['ש', 'NotoSansHebrew'],
    ['क्ष', 'NotoSansDevanagari'],
    ['น้ำ', 'NotoSansThai'],
    ['が', 'NotoSansJP'],
    ['心', 'NotoSansJP'],
    ['👩‍🚀', 'NotoColorEmoji'],
    ['🇩🇪', 'NotoColorEmoji'],
    ['1️⃣', 'NotoColorEmoji'],
    ['❤️', 'NotoColorEmoji'],
    ['1', 'Montserrat'],
    ['#', 'Montserrat'],
  ])('%s is drawn with its script’s own typeface', (cluster, stem) => {
    expect(familyOf(cluster)?.split(' ')[1]).toBe(stem);
  });

  test('is missing where no package has it, and the packages that would are named', () => {
    expect(faceFor('한', choice)).toMatchObject({
      missing: '한',
      packages: ['@expo-google-fonts/noto-sans-kr'],
    });
    expect(faceFor('\u{12000}', choice)).toEqual({ missing: '\u{12000}', packages: [] });
  });

  test('is never one of the machine’s own', () => {
    const names = new Set(GlobalFonts.families.map(({ family }) => family));
    for (const cluster of ['A', 'Ω', 'م', '心', '👍🏽']) {
      expect(familyOf(cluster)).toMatch(/^clipt /);
      expect(names).toContain(familyOf(cluster));
    }
  });
});
