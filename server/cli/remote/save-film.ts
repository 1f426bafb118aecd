import { readFile, writeFile } from 'node:fs/promises';
import type { Client, Video } from '../../../client/client.ts';
import { FILM_FILES } from '../../videos/film-files.ts';
import { writeScript } from '../../videos/script-file/write-script.ts';
import type { Destination } from '../delivery.ts';

/** What the API calls each file, and how it ends here. */
const FILES: readonly (readonly [name: string, suffix: string])[] = [
  ['poster.jpg', FILM_FILES.poster],
  ...FILM_FILES.snapshots.map((suffix, index) => [`snapshot-${index + 1}.jpg`, suffix] as const),
  ['contact-sheet.jpg', FILM_FILES.contactSheet],
  ['captions.srt', FILM_FILES.srt],
  ['captions.vtt', FILM_FILES.vtt],
  ['transcript.json', FILM_FILES.transcript],
  // The film last: where it stands, everything beside it is there too.
  ['film.mp4', FILM_FILES.film],
];
const LONGEST_FILE_MS = 600_000;

/** Saves a finished film and all beside it; absolute paths, as `make` at home reports them. */
export async function saveFilm(client: Client, video: Video, { stem }: Destination) {
  const { files } = await client.listFiles(video.id);
  const urls = new Map(files.map(({ name, url }) => [name, url]));
  for (const [name, suffix] of FILES) {
    const url = urls.get(name);
    if (url) await client.saveFile(url, `${stem}${suffix}`, AbortSignal.timeout(LONGEST_FILE_MS));
  }
  const script = `${stem}.txt`;
  const text = writeScript({ title: video.title, scenes: video.scenes });
  // A script that is there already may be the user's own work: it is never overwritten.
  const known = await readFile(script, 'utf8').catch(() => null);
  if (known === null) await writeFile(script, text);
  return {
    poster: stem + FILM_FILES.poster,
    snapshots: FILM_FILES.snapshots.map((suffix) => stem + suffix),
    contact_sheet: stem + FILM_FILES.contactSheet,
    srt: stem + FILM_FILES.srt,
    vtt: stem + FILM_FILES.vtt,
    script: known === null || known === text ? script : null,
    json: stem + FILM_FILES.transcript,
    mp4: stem + FILM_FILES.film,
  };
}
