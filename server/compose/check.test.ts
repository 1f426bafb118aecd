import { describe, expect, test } from 'vitest';
import type { MediaInfo } from '../media/media.ts';
import { type CheckReport, type FilmExpectations, judgeFilm } from './check.ts';
import { readPrinted } from './printed.ts';

const FRAMES = 90;

const expected: FilmExpectations = {
  frames: FRAMES,
  size: { width: 1080, height: 1920 },
  sound: 'target',
  footage: 'filmed',
  scenes: [],
};

const good: MediaInfo = {
  container: 'mp4',
  seconds: 3,
  sizeBytes: 1_000_000,
  faststart: true,
  video: {
    codec: 'h264',
    profile: 'High',
    pixelFormat: 'yuv420p',
    width: 1080,
    height: 1920,
    rotationDegrees: 0,
    fps: { numerator: 30, denominator: 1 },
    frames: FRAMES,
    seconds: 3,
    startSeconds: 0,
    colorSpace: 'bt709',
    colorPrimaries: 'bt709',
    colorTransfer: 'bt709',
    colorRange: 'tv',
  },
  audio: { codec: 'aac', sampleRateHz: 48_000, channels: 2, seconds: 3, startSeconds: 0 },
};

/** What an engine prints of a film: every frame's note, then every 100 ms of sound. */
function print(
  options: { frames?: number; notes?: Record<number, string>; lufs?: string; peak?: string } = {},
): string {
  const { frames = FRAMES, notes = {}, lufs = '-14.100', peak = '0.800' } = options;
  const picture = Array.from({ length: frames }, (_, n) =>
    [
      `frame:${n}    pts:${n}       pts_time:${(n / 30).toFixed(6)}`,
      ...(notes[n] ? [notes[n]] : []),
      'lavfi.clipt.frame=1',
    ].join('\n'),
  );
  const sound = `frame:0 pts:0 pts_time:0\nlavfi.r128.I=${lufs}\nlavfi.r128.true_peaks_ch0=${peak}\nlavfi.r128.true_peaks_ch1=0.1`;
  return [...picture, sound].join('\n');
}

const failures = (report: CheckReport) =>
  report.measures.filter(({ ok }) => !ok).map(({ name }) => name);

const judge = (text: string, info = good, wanted = expected) =>
  judgeFilm(info, readPrinted(text), wanted);

describe('check', () => {
  test('a good film passes every measure', () => {
    const report = judge(print());
    expect(failures(report)).toEqual([]);
    expect(report.ok).toBe(true);
  });

  test('the report is plain JSON, even of a film that could not be measured', () => {
    const report = judge('', { ...good, video: null, audio: null });
    expect(report.ok).toBe(false);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('a missing frame fails the film', () => {
    expect(failures(judge(print({ frames: FRAMES - 1 })))).toEqual(['frames']);
  });

  test('a frame off the clock fails the film', () => {
    const late = print().replace('pts_time:1.500000', 'pts_time:1.520000');
    expect(failures(judge(late))).toEqual(['frames_off_the_clock']);
  });

  test('a clip held on its last frame fails the film, with the span', () => {
    const report = judge(
      print({
        notes: {
          60: 'lavfi.freezedetect.freeze_start=0.4',
          70: 'lavfi.freezedetect.freeze_duration=1.9\nlavfi.freezedetect.freeze_end=2.3',
        },
      }),
    );
    expect(failures(report)).toEqual(['frozen_spans']);
    expect(report.measures.find(({ name }) => name === 'frozen_spans')?.value).toEqual([
      [0.4, 2.3],
    ]);
  });

  test("black up to the film's end fails it, with the span", () => {
    const report = judge(print({ notes: { 60: 'lavfi.black_start=2' } }));
    expect(failures(report)).toEqual(['black_spans']);
    expect(report.measures.find(({ name }) => name === 'black_spans')?.value).toEqual([[2, 3]]);
  });

  test("a user's own still or dark recording is reported and passes", () => {
    const notes = { 10: 'lavfi.black_start=0', 20: 'lavfi.freezedetect.freeze_start=0' };
    expect(judge(print({ notes }), good, { ...expected, footage: 'given' }).ok).toBe(true);
  });

  test.each([
    ['too quiet', { lufs: '-14.800' }, ['loudness_lufs']],
    ['too loud', { lufs: '-13.200' }, ['loudness_lufs']],
    ['clipped', { peak: '0.950' }, ['true_peak_dbtp']],
    ['silent', { lufs: '-70.000', peak: '0.000' }, ['loudness_lufs']],
  ])('a film that is %s fails', (_, sound, names) => {
    expect(failures(judge(print(sound)))).toEqual(names);
  });

  test('a film whose mix has no loudness that is defined passes, says so, and is not anything but that', () => {
    const silent = print({ lufs: '-70.000', peak: '0.000' });
    const report = judge(silent, good, { ...expected, sound: 'undefined' });
    expect(failures(report)).toEqual([]);
    const loudness = report.measures.find(({ name }) => name === 'loudness_lufs');
    expect(loudness).toMatchObject({ value: null, limit: expect.stringContaining('not defined') });
    const heard = judge(print(), good, { ...expected, sound: 'undefined' });
    expect(failures(heard)).toEqual(['loudness_lufs']);
  });

  test('clicks that nothing makes louder may be quieter, never louder, and their peaks are judged', () => {
    const wanted = { ...expected, sound: 'quieter' } as const;
    expect(failures(judge(print({ lufs: '-17.000' }), good, wanted))).toEqual([]);
    expect(failures(judge(print({ lufs: '-13.000' }), good, wanted))).toEqual(['loudness_lufs']);
    const clipped = print({ lufs: '-17.000', peak: '0.950' });
    expect(failures(judge(clipped, good, wanted))).toEqual(['true_peak_dbtp']);
  });

  test.each([
    ['faststart', { ...good, faststart: false }],
    ['audio_channels', { ...good, audio: good.audio && { ...good.audio, channels: 1 } }],
    [
      'sound_start_offset_seconds',
      { ...good, audio: good.audio && { ...good.audio, startSeconds: 0.03 } },
    ],
    [
      'sound_length_difference_seconds',
      { ...good, audio: good.audio && { ...good.audio, seconds: 3.05 } },
    ],
    ['colors', { ...good, video: good.video && { ...good.video, colorSpace: null } }],
    ['pixel_format', { ...good, video: good.video && { ...good.video, pixelFormat: 'yuvj420p' } }],
  ])('%s is judged', (name, info) => {
    expect(failures(judge(print(), info))).toEqual([name]);
  });
});
