import { expect, test } from 'vitest';
import { writeTranscript } from './transcript.ts';

test("a transcript times every word from the film's start and keeps a paragraph for each scene", () => {
  const transcript = writeTranscript('Hearts', [
    {
      startFrame: 0,
      frames: 60,
      text: 'Hi there.',
      words: [{ text: 'Hi', startMs: 200, endMs: 500 }],
    },
    {
      startFrame: 60,
      frames: 30,
      text: ' Bye. ',
      words: [{ text: 'Bye.', startMs: 200, endMs: 700 }],
    },
  ]);
  expect(transcript).toEqual({
    title: 'Hearts',
    durationMs: 3000,
    text: 'Hi there.\n\nBye.',
    scenes: [
      {
        startMs: 0,
        endMs: 2000,
        text: 'Hi there.',
        words: [{ text: 'Hi', startMs: 200, endMs: 500 }],
      },
      {
        startMs: 2000,
        endMs: 3000,
        text: 'Bye.',
        words: [{ text: 'Bye.', startMs: 2200, endMs: 2700 }],
      },
    ],
  });
});
