import { text } from 'node:stream/consumers';
import type { Client, Video } from '../../../client/client.ts';
import { FILM_FILE_NAMES, FILM_FILES } from '../../videos/film-files.ts';
import { writeScript } from '../../videos/script-file/write-script.ts';
import { aboutFilm } from '../beside-film.ts';
import { type DeliveredFiles, deliverScript } from '../deliver-film.ts';
import { type Destination, deliverStream, deliverText } from '../delivery.ts';

export type SavedFilm = { readonly files: DeliveredFiles; readonly check: unknown };

/** Saves a finished film and all beside it, as `make` at home delivers them. */
export async function saveFilm(
  client: Client,
  video: Video,
  { stem }: Destination,
  signal: AbortSignal,
): Promise<SavedFilm> {
  const listed = await client.listFiles(video.id, signal);
  const links = new Map(listed.files.map(({ name, url }) => [name, url]));
  const names = new Map(FILM_FILE_NAMES);
  const read = (name = '') => {
    const link = links.get(name);
    if (link === undefined) throw new TypeError(`The installation lists no ${name}.`);
    return client.readFile(link, signal);
  };
  const save = async (suffix: string): Promise<string> => {
    const target = `${stem}${suffix}`;
    await deliverStream(read(names.get(suffix)), target);
    return target;
  };
  const words = await text(read(names.get(FILM_FILES.transcript)));
  const check: unknown = JSON.parse(await text(read('check.json')));
  const json = `${stem}.json`;
  await deliverText(aboutFilm(video.id, words, check), json);
  const files = {
    script: await deliverScript(writeScript(video), `${stem}.txt`),
    json,
    poster: await save(FILM_FILES.poster),
    snapshots: await Promise.all(FILM_FILES.snapshots.map(save)),
    contact_sheet: await save(FILM_FILES.contactSheet),
    srt: await save(FILM_FILES.srt),
    vtt: await save(FILM_FILES.vtt),
    // The film last: where it stands, everything beside it is there too.
    mp4: await save(FILM_FILES.film),
  };
  return { files, check };
}
