import { readFile, realpath } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import { z } from 'zod';
import type { Config } from '../platform/config.ts';
import { Problem } from '../platform/problem.ts';
import { lookSchema, MAX_TOPIC_CHARS } from '../videos/contract.ts';
import { parseScript } from '../videos/script-file/script-file.ts';
import type { MakeRequest, Wish } from '../videos/videos.ts';
import { slug } from './delivery.ts';
import { UsageError } from './exit.ts';
import { makeVideo } from './make-video.ts';

const optionsSchema = z.object({
  script: z.string().optional(),
  seconds: z.coerce.number().min(5).max(180),
  language: z.string().min(2).max(35),
  output: z.string().optional(),
  json: z.boolean().default(false),
  timeout: z.coerce.number().min(1).max(86_400).default(1800),
  format: lookSchema.shape.format,
  style: lookSchema.shape.captionStyle,
  voice: z.string().max(64).nullable().default(null),
  music: lookSchema.shape.music,
  preset: lookSchema.shape.preset,
  transition: lookSchema.shape.transition,
});
type Options = z.infer<typeof optionsSchema>;

/** `clipt make`: from a topic or a script file to a film at the output path. */
export async function makeCommand(
  topic: string | undefined,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const options = parseOptions(rawOptions);
  const asked = await readWish(topic, options);
  const { style: captionStyle, format, voice, music, preset, transition } = options;
  const look = { captionStyle, format, voice, music, preset, transition };
  const sources = options.script === undefined ? [] : [options.script];
  if (config.remote) {
    const { makeRemotely } = await import('./remote/make.ts');
    const { json, output, timeout } = options;
    await makeRemotely({
      ...{ remote: config.remote, json, output, sources, timeoutMs: timeout * 1000 },
      ...{ outputName: asked.outputName, request: { ...asked, look } },
    });
    return;
  }
  await makeVideo({
    config,
    json: options.json,
    output: options.output,
    outputName: asked.outputName,
    sources,
    request: () => Promise.resolve({ ...asked, look }),
  });
}

function parseOptions(raw: unknown): Options {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [name] = parsed.error.issues[0]?.path ?? [];
  if (name === 'seconds') throw new UsageError('--seconds takes a number from 5 to 180.');
  if (name === 'timeout') throw new UsageError('--timeout takes a number from 1 to 86400.');
  throw new UsageError(`--${String(name)} has a value that cannot be used (see --help).`);
}

type Asked = Pick<MakeRequest, 'clientKey' | 'wish'> & { readonly outputName: string };

async function readWish(topic: string | undefined, options: Options): Promise<Asked> {
  if (topic !== undefined && options.script !== undefined) {
    throw new UsageError('Give a topic or --script, not both.');
  }
  if (options.script !== undefined) return await readScriptWish(options.script, options.language);
  if (topic === undefined) throw new UsageError('Give a topic in quotes, or --script FILE.');
  const { seconds, language } = options;
  const clean = parseTopic(topic);
  return {
    clientKey: `topic:${language}:${seconds}:${clean}`,
    wish: { kind: 'topic', topic: clean, seconds, language },
    outputName: slug(clean),
  };
}

function parseTopic(topic: string): string {
  const clean = topic.normalize('NFC').replace(/\s+/gu, ' ').trim();
  if (clean === '') throw new UsageError('The topic is empty; say in a few words what to show.');
  if (clean.length > MAX_TOPIC_CHARS) {
    throw new UsageError(
      `The topic has ${clean.length} characters; up to ${MAX_TOPIC_CHARS} fit. Longer texts go in a file: --script FILE.`,
    );
  }
  if (/\p{Cc}/u.test(clean)) {
    throw new UsageError('The topic holds a control character; remove it.');
  }
  return clean;
}

/** A user's script as a wish; the place of the file is the video's name, so that an edited one is found again. */
export async function readScriptWish(path: string, language: string): Promise<Asked> {
  const text = await readScript(path);
  const name = path === '-' ? 'script' : basename(path, extname(path));
  const script = parseScript(text, { fallbackTitle: name });
  const wish: Wish = { kind: 'script', title: script.title, language, scenes: script.scenes };
  // A pipe has no place of its own.
  const place = path === '-' ? 'stdin' : await realpath(resolve(path)).catch(() => resolve(path));
  // A JSON script must not meet the film's own `.json`.
  const outputName = extname(path) === '.json' ? `${slug(name)}-film` : slug(name);
  return { clientKey: `script:${place}`, wish, outputName };
}

/** Far above the longest script: enough to say that a file is no script without reading it whole. */
const MAX_SCRIPT_BYTES = 1024 * 1024;

/** The text of a script file, or of stdin for `-`; a Problem says what is wrong with it. */
export async function readScript(path: string): Promise<string> {
  return path === '-' ? await readStdin() : await readScriptFile(path);
}

async function readScriptFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new Problem({
      kind: 'invalid',
      code: 'unreadable_script',
      message: 'The script file cannot be read.',
      action: 'Check that the file exists and that you may read it.',
      cause,
    });
  }
  if (bytes.length > MAX_SCRIPT_BYTES) throw new ScriptTooLarge(bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Problem({
      kind: 'invalid',
      code: 'unreadable_script',
      message: 'The script file is not UTF-8 text.',
      action: 'Save it as plain UTF-8 text.',
      cause,
    });
  }
}

async function readStdin(): Promise<string> {
  const text = await readStream(process.stdin);
  if (text.length > MAX_SCRIPT_BYTES) throw new ScriptTooLarge(text.length);
  return text;
}

class ScriptTooLarge extends Problem {
  constructor(bytes: number) {
    super({
      kind: 'invalid',
      code: 'script_too_large',
      message: `The script has ${Math.ceil(bytes / 1024)} KiB; a script may have ${MAX_SCRIPT_BYTES / 1024} KiB.`,
      action: 'Give the text of one short video, not a book.',
    });
  }
}
