import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serveChildTask } from '../../../platform/child/serve-task.ts';
import { loadFlite, runFlite } from './flite.ts';
import { polish } from './polish.ts';
import { speakOrder } from './speak-order.ts';
import { readWav, type Sound, writeWav } from './wav.ts';
import { readPhoneGroups, readTimedPhones, shareOut, timeGroups } from './word-times.ts';

/** Silence kept before the first and after the last sound. */
const LEAD_MS = 40;
const TAIL_MS = 120;

/** Speaks one narration: writes `speech.wav` in the working folder and answers when each said word is heard. */
serveChildTask(speakOrder, async ({ text, says, voice }) => {
  const folder = process.cwd();
  const engine = await loadFlite();
  // Without a last line end flite drops a lone last word; a blank line ends an utterance.
  await writeFile(path.join(folder, 'text.txt'), `${text}\n`);
  await writeFile(path.join(folder, 'words.txt'), `${says.map(plain).join('\n\n')}\n`);
  const timed = await runFlite(engine, folder, [
    ...['-voice', voice, '-psdur', '-f', '/room/text.txt', '-o', '/room/raw.wav'],
  ]);
  // The diphone voice shares the others' dictionary and renders fastest: only its phones are wanted.
  const apart = await runFlite(engine, folder, [
    ...['-voice', 'kal16', '-ps', '-f', '/room/words.txt', '-o', '/room/words.wav'],
  ]);

  const whole = readWav(await readFile(path.join(folder, 'raw.wav')));
  const phones = readTimedPhones(timed, (whole.samples.length * 1000) / whole.rateHz);
  const sounds = phones.filter(({ name }) => name !== 'pau');
  const firstMs = sounds[0]?.startMs ?? 0;
  const lastMs = sounds.at(-1)?.endMs ?? 0;
  if (lastMs <= firstMs) throw new Error('flite said nothing');
  const groups = readPhoneGroups(apart);
  const exact = groups.length === says.length ? timeGroups(phones, groups) : null;
  const times = exact ?? shareOut(says, firstMs, lastMs);

  const raw = cut(whole, firstMs, lastMs);
  const sound = polish(raw.sound);
  await writeFile(path.join(folder, 'speech.wav'), writeWav(sound));
  return {
    seconds: sound.samples.length / sound.rateHz,
    exact: exact !== null,
    times: times.map(({ startMs, endMs }) => ({
      startMs: Math.max(0, startMs - raw.startMs),
      endMs: Math.max(0, endMs - raw.startMs),
    })),
  };
});

/** A word by itself, in one breath. */
function plain(say: string): string {
  return say.replace(/[,:](?!\d)/g, ' ');
}

function cut(sound: Sound, firstMs: number, lastMs: number) {
  const startMs = Math.max(0, firstMs - LEAD_MS);
  const from = Math.round((startMs * sound.rateHz) / 1000);
  const to = Math.round(((lastMs + TAIL_MS) * sound.rateHz) / 1000);
  return {
    startMs: (from * 1000) / sound.rateHz,
    sound: { rateHz: sound.rateHz, samples: sound.samples.slice(from, to) },
  };
}
