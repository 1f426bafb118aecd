import { describe, expect, test } from 'vitest';
import { captionBand, captionErrorMs } from './caption-timing.ts';
import { type CaptionTrack, planCaptions } from './captions/captions.ts';

const text = 'An octopus has three hearts.';
const words = text
  .split(' ')
  .map((word, i) => ({ text: word, startMs: 200 + i * 310, endMs: 480 + i * 310 }));

function track(): CaptionTrack {
  const shape = { format: '9:16', style: 'pop', language: 'en' } as const;
  return planCaptions({ text, words, frames: 75, fps: 30, ...shape });
}

describe('caption timing', () => {
  test('planned captions light every word within a frame of its sound', () => {
    const errorMs = captionErrorMs([{ startFrame: 30, words, captions: track() }]);
    expect(errorMs).not.toBeNull();
    expect(errorMs).toBeLessThanOrEqual(1000 / 30);
  });

  test('captions that run a quarter second late are measured as that', () => {
    const early = words.map((w) => ({ ...w, startMs: w.startMs - 250, endMs: w.endMs - 250 }));
    const errorMs = captionErrorMs([{ startFrame: 0, words: early, captions: track() }]);
    expect(errorMs).toBeGreaterThan(230);
  });

  test('a film without captions has neither error nor band', () => {
    const bare = [{ startFrame: 0, words, captions: null }];
    expect(captionErrorMs(bare)).toBeNull();
    expect(captionBand(bare)).toBeNull();
  });
});
