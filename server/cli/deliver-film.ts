import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { FILM_FILES } from '../videos/film-files.ts';
import { writeScript } from '../videos/script-file/write-script.ts';
import type { RunView } from '../videos/view.ts';
import { type Destination, deliverFile, deliverText } from './delivery.ts';

/** Absolute paths of everything that was written. */
export type DeliveredFiles = {
  readonly mp4: string;
  readonly poster: string;
  readonly snapshots: readonly string[];
  readonly contact_sheet: string;
  readonly srt: string;
  readonly vtt: string;
  /** The script as it was filmed, to edit and `./clipt render`; null where a file of yours has that name. */
  readonly script: string | null;
  /** Video id, words with times, and the check report. */
  readonly json: string;
};

const transcriptSchema = z.looseObject({ title: z.string() });

/** Puts a finished film and its sidecars at the destination; every name holds a whole file at all times. */
export async function deliverFilm(
  objects: ObjectStore,
  view: RunView,
  { stem }: Destination,
): Promise<DeliveredFiles> {
  const stored = new Map(view.render?.files.map((file) => [file.suffix, file.object]));
  const deliver = async (suffix: string): Promise<string> => {
    const object = stored.get(suffix);
    if (!object) throw new TypeError(`A finished film has no ${suffix} file.`);
    const target = `${stem}${suffix}`;
    await deliverFile(await objects.localFile(object.key), target);
    return target;
  };
  const transcript = stored.get(FILM_FILES.transcript);
  if (!transcript) throw new TypeError('A finished film has no transcript.');
  const words = transcriptSchema.parse(
    JSON.parse(await readFile(await objects.localFile(transcript.key), 'utf8')),
  );
  const about = { video_id: view.videoId, ...words, check: view.render?.report };
  const json = `${stem}.json`;
  await deliverText(`${JSON.stringify(about, null, 2)}\n`, json);
  const script = await deliverScript(writeScript(view), `${stem}.txt`);
  return {
    // The film last: where it stands, everything beside it is there too.
    poster: await deliver(FILM_FILES.poster),
    snapshots: await Promise.all(FILM_FILES.snapshots.map(deliver)),
    contact_sheet: await deliver(FILM_FILES.contactSheet),
    srt: await deliver(FILM_FILES.srt),
    vtt: await deliver(FILM_FILES.vtt),
    script,
    json,
    mp4: await deliver(FILM_FILES.film),
  };
}

/** A script that is there already may be the user's own work: it is never overwritten. */
async function deliverScript(text: string, target: string): Promise<string | null> {
  const known = await readFile(target, 'utf8').catch(() => null);
  if (known === null) await deliverText(text, target);
  return known === null || known === text ? target : null;
}
