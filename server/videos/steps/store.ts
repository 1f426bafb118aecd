import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  captionsVersion,
  cuesOf,
  planCaptions,
  toSrt,
  toVtt,
} from '../../compose/captions/captions.ts';
import {
  type Compositor,
  composerVersion,
  wordsInScene,
  writeTranscript,
} from '../../compose/compose.ts';
import { FILM_FPS, FRAME_SIZE } from '../../media/formats.ts';
import type { NamedFile } from '../contract.ts';
import { FILM_FILES } from '../film-files.ts';
import { timelineOf } from '../film-timeline.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step, type StepWork } from '../step.ts';

/** Gathers what the maker gets: the film, its pictures, its captions as text, and its transcript. */
export function storeStep({ compositor }: { readonly compositor: Compositor }): Step {
  return defineStep(
    { kind: 'store', version: 1, deadlineMs: 600_000, maxFailures: 4, output: stepOutputs.store },
    (film) => ({
      versions: [composerVersion, captionsVersion],
      title: film.output('script').title,
      film: film.output('finish').film,
      timeline: timelineOf(film),
      look: { format: film.look.format, captionStyle: film.look.captionStyle },
      language: film.brief.language,
      scenes: film.scenes.map((scene) => ({
        text: scene.narration,
        visual: scene.visual,
        words: film.output('words', scene.id).words,
      })),
    }),
    async (input, work) => {
      const pictures = await takePictures(compositor, input, work);
      const texts = await keepTexts(writeTexts(input), work);
      const film = { suffix: FILM_FILES.film, object: input.film };
      return { done: { files: [film, ...pictures, ...texts] } };
    },
  );
}

type StoreInput = {
  readonly title: string;
  readonly film: NamedFile['object'];
  readonly timeline: ReturnType<typeof timelineOf>;
  readonly look: {
    readonly format: keyof typeof FRAME_SIZE;
    readonly captionStyle: Parameters<typeof planCaptions>[0]['style'];
  };
  readonly language: string;
  readonly scenes: readonly {
    readonly text: string;
    readonly visual: string;
    readonly words: Parameters<typeof wordsInScene>[0];
  }[];
};

async function takePictures(
  compositor: Compositor,
  { title, film, timeline, look }: StoreInput,
  work: StepWork,
): Promise<readonly NamedFile[]> {
  const pictures = await compositor.takePictures(
    await work.open(film),
    { scenes: timeline.scenes, size: FRAME_SIZE[look.format], title },
    join(work.dir, 'film'),
    { ...work, timeoutMs: 300_000 },
  );
  const named: readonly (readonly [string, string])[] = [
    [FILM_FILES.poster, pictures.poster],
    [FILM_FILES.contactSheet, pictures.contactSheet],
    ...FILM_FILES.snapshots.flatMap((suffix, index) => {
      const file = pictures.snapshots[index];
      return file === undefined ? [] : [[suffix, file] as const];
    }),
  ];
  return await Promise.all(
    named.map(async ([suffix, file]) => ({
      suffix,
      object: await work.keep(file, 'image/jpeg'),
    })),
  );
}

/** The captions and the transcript as texts, by the ending of their file. */
function writeTexts(input: StoreInput): readonly (readonly [string, string])[] {
  const { title, timeline, look, language } = input;
  const scenes = input.scenes.map(({ text, words }, index) => {
    const { startFrame = 0, frames = 0 } = timeline.scenes[index] ?? {};
    const timed = wordsInScene(words);
    const captions = planCaptions({
      text,
      words: timed,
      frames,
      fps: FILM_FPS,
      format: look.format,
      style: look.captionStyle,
      language,
    });
    return { startFrame, frames, text, words: timed, captions };
  });
  const cues = scenes.flatMap(({ captions, startFrame }) => cuesOf(captions, startFrame));
  const transcript = writeTranscript(title, scenes);
  const visuals = input.scenes.map(({ visual }) => visual);
  return [
    [FILM_FILES.srt, toSrt(cues)],
    [FILM_FILES.vtt, toVtt(cues)],
    [FILM_FILES.transcript, JSON.stringify(toJson(transcript, visuals, look.format, language))],
  ];
}

/** The transcript in the API's names. */
function toJson(
  transcript: ReturnType<typeof writeTranscript>,
  visuals: readonly string[],
  format: string,
  language: string,
) {
  return {
    title: transcript.title,
    language,
    format,
    duration_ms: transcript.durationMs,
    scenes: transcript.scenes.map((scene, index) => ({
      start_ms: scene.startMs,
      end_ms: scene.endMs,
      narration: scene.text,
      visual: visuals[index] ?? null,
      words: scene.words.map(({ text, startMs, endMs }) => ({
        text,
        start_ms: startMs,
        end_ms: endMs,
      })),
    })),
  };
}

const CONTENT_TYPE: { readonly [ending: string]: string } = {
  [FILM_FILES.srt]: 'application/x-subrip',
  [FILM_FILES.vtt]: 'text/vtt',
  [FILM_FILES.transcript]: 'application/json',
};

async function keepTexts(
  texts: readonly (readonly [string, string])[],
  work: StepWork,
): Promise<readonly NamedFile[]> {
  return await Promise.all(
    texts.map(async ([suffix, text]) => {
      const file = join(work.dir, `film${suffix}`);
      await writeFile(file, text);
      return { suffix, object: await work.keep(file, CONTENT_TYPE[suffix] ?? 'text/plain') };
    }),
  );
}
