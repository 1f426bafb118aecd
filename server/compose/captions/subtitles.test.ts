import { describe, expect, test } from 'vitest';
import { captionWords, cuesOf, planCaptions, toSrt, toVtt } from './captions.ts';

const text = 'Is 1 < 2 & 3? Yes, it is!';
const words = captionWords(text, 'en').map((token, i) => ({
  text: token,
  startMs: 200 + i * 400,
  endMs: 600 + i * 400,
}));
const track = planCaptions({
  text,
  words,
  frames: 150,
  fps: 30,
  format: '9:16',
  style: 'plain',
  language: 'en',
});

describe('captions as text', () => {
  test('hold every word, in the film’s own time', () => {
    const cues = cuesOf(track, 90);
    expect(cues.map((cue) => cue.text.replaceAll('\n', ' ')).join(' ')).toBe(text);
    expect(cues[0]?.startMs).toBeGreaterThanOrEqual(3000);
    cues.slice(1).forEach((cue, i) => {
      expect(cue.startMs).toBeGreaterThanOrEqual(cues[i]?.endMs ?? 0);
    });
  });

  test('are SubRip with a comma before the milliseconds', () => {
    expect(
      toSrt([
        { startMs: 200, endMs: 1_033, text: 'a --> b' },
        { startMs: 3_600_000, endMs: 3_661_001, text: '你好\nb' },
      ]),
    ).toBe(
      '1\n00:00:00,200 --> 00:00:01,033\na → b\n\n2\n01:00:00,000 --> 01:01:01,001\n你好\nb\n\n',
    );
  });

  test('are WebVTT with its own signs escaped', () => {
    expect(toVtt([{ startMs: 0, endMs: 500, text: '1 < 2 & <b>' }])).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n1 &lt; 2 &amp; &lt;b&gt;\n\n',
    );
  });

  test('join words of scripts without spaces as they were written', () => {
    const own = '心臓が三つあります。';
    const japanese = planCaptions({
      text: own,
      words: captionWords(own, 'ja').map((token, i) => ({
        text: token,
        startMs: i * 200,
        endMs: i * 200 + 200,
      })),
      frames: 90,
      fps: 30,
      format: '9:16',
      style: 'plain',
      language: 'ja',
    });
    expect(
      cuesOf(japanese, 0)
        .map((cue) => cue.text.replaceAll('\n', ''))
        .join(''),
    ).toBe(own);
  });
});
