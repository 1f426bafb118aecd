import { realpath } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { z } from 'zod';
import { CAPTION_STYLES } from '../compose/look.ts';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { Problem } from '../platform/problem.ts';
import type { CaptionedFootage, CaptionStage } from '../transcripts/transcripts.ts';
import { parseScript } from '../videos/script-file/script-file.ts';
import {
  chooseDestination,
  type Destination,
  deliverFile,
  deliverText,
  spareSources,
} from './delivery.ts';
import { EXIT, UsageError } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { readScript } from './make.ts';
import { openProgress } from './progress.ts';

const optionsSchema = z.object({
  script: z.string(),
  style: z.enum(CAPTION_STYLES),
  language: z.string().min(2).max(35),
  output: z.string().optional(),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof optionsSchema>;

const STAGE: { readonly [Stage in CaptionStage]: string } = {
  sound: 'take the sound out',
  words: 'time the words',
  picture: 'draw the captions into the picture',
};

/** `clipt captions`: the user's own footage with the words that are said in it, and the same as text files. */
export async function captionsCommand(
  path: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const startedMs = performance.now();
  const options = parseOptions(rawOptions);
  const footage = await findFootage(path);
  const name = basename(path, extname(path));
  const script = parseScript(inOnePiece(await readScript(options.script)), { fallbackTitle: name });
  const destination = await chooseDestination(options.output, `${name} captioned`);
  await spareSources(destination, [footage, options.script]);
  const progress = openProgress();
  progress.say('starting');
  const interrupt = onInterrupt();
  try {
    await using clipt = await openClipt(config);
    const { title, scenes } = script;
    const text = scenes.map(({ narration }) => narration).join('\n\n');
    const { style, language } = options;
    await using made = await clipt.transcripts.captionOwnFootage(
      { file: footage, title, text, style, language },
      {
        signal: interrupt.signal,
        accountId: await clipt.owner(),
        onStage: (stage) => progress.say(STAGE[stage]),
      },
    );
    interrupt.signal.throwIfAborted();
    const files = await deliverCaptioned(made, destination);
    progress.end();
    report(made, files, { json: options.json, startedMs });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    progress.end();
    process.stderr.write('Stopped. Nothing was written.\n');
    process.exitCode = EXIT.interrupted;
  } finally {
    progress.end();
    interrupt.end();
  }
}

function parseOptions(raw: unknown): Options {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [name] = parsed.error.issues[0]?.path ?? [];
  throw new UsageError(`--${String(name)} has a value that cannot be used (see --help).`);
}

/** Blank lines part the scenes of a film; of what is said in a recording there may be as many as one likes. */
function inOnePiece(text: string): string {
  return text.replaceAll(/\n\s*\n/g, '\n');
}

/** The footage itself: a person's link to a file is followed, since the media engine follows none. */
async function findFootage(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (cause) {
    throw new Problem({
      kind: 'invalid',
      code: 'unreadable_footage',
      message: 'The video or audio file cannot be read.',
      action: 'Check that the file exists and that you may read it.',
      cause,
    });
  }
}

/** Absolute paths of what was written; no `mp4` for sound alone. */
type Files = {
  readonly mp4: string | null;
  readonly srt: string;
  readonly vtt: string;
  readonly json: string;
};

/** The film last: where it stands, everything beside it is there too. */
async function deliverCaptioned(made: CaptionedFootage, { stem }: Destination): Promise<Files> {
  const files = {
    mp4: `${stem}.mp4`,
    srt: `${stem}.srt`,
    vtt: `${stem}.vtt`,
    json: `${stem}.json`,
  };
  await deliverText(made.srt, files.srt);
  await deliverText(made.vtt, files.vtt);
  await deliverText(`${JSON.stringify(made.transcript, null, 2)}\n`, files.json);
  if (made.film === null) return { ...files, mp4: null };
  await deliverFile(made.film, files.mp4);
  return files;
}

function report(
  { transcript }: CaptionedFootage,
  files: Files,
  { json, startedMs }: { json: boolean; startedMs: number },
): void {
  if (!json) {
    process.stdout.write(`${files.mp4 ?? files.srt}\n`);
    return;
  }
  const words = transcript.scenes.reduce((sum, scene) => sum + scene.words.length, 0);
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  process.stdout.write(`${JSON.stringify({ status: 'succeeded', files, words, seconds })}\n`);
}
