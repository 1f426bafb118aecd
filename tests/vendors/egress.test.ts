import { expect, test } from 'vitest';
import type { JournalEntry } from '../../stand-ins/journal.ts';
import { formsOf, newCanary } from '../harness/canary.ts';
import { ended, openStudio } from './studio.ts';

/** Headers that may leave, besides the vendor's own key. */
const LISTED = ['host', 'connection', 'user-agent', 'content-type', 'content-length', 'accept'];

function headersOf(entries: readonly JournalEntry[]): readonly string[] {
  return [...new Set(entries.flatMap(({ headers }) => Object.keys(headers)))].toSorted();
}

test('of a whole run nothing leaves but what is listed, and no canary but the words to be spoken and filmed', async () => {
  const title = newCanary();
  const note = newCanary();
  await using _ = { [Symbol.asyncDispose]: () => studio.close() };
  const studio = await openStudio();
  const { ark, elevenLabs, account, clipt, until } = studio;
  const { videoId } = await clipt.videos.make(account, {
    clientKey: newCanary(),
    title,
    metadata: { note },
    wish: {
      kind: 'script',
      title,
      language: 'en',
      scenes: [
        { narration: 'A lamp is lit.', visual: 'A lamp on a table' },
        { narration: 'The lamp goes out.', visual: null },
      ],
    },
    look: {
      ...{ format: '1:1', captionStyle: 'pop', voice: null, music: 'none' },
      ...{ preset: 'draft', transition: 'cut' },
    },
  });
  expect(await until(videoId, ended)).toMatchObject({ status: 'succeeded' });

  const toArk = ark.journal.entries;
  const toElevenLabs = elevenLabs.journal.entries;
  const api = toArk.filter(({ route }) => route !== 'file');
  const files = toArk.filter(({ route }) => route === 'file');
  expect(headersOf(api).filter((name) => !LISTED.includes(name))).toEqual(['authorization']);
  // Files are fetched without the key.
  expect(headersOf(files).filter((name) => !LISTED.includes(name))).toEqual([]);
  expect(headersOf(toElevenLabs).filter((name) => !LISTED.includes(name))).toEqual(['xi-api-key']);

  const sent = JSON.stringify([toArk, toElevenLabs]);
  expect(sent).toContain('A lamp on a table');
  const render = await clipt.videos.read(account, videoId);
  const secrets = [title, note, account, videoId, ...render.scenes.map(({ id }) => id)];
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(sent).not.toContain(form);
  }
});
