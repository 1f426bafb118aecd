import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaEngine } from '../../media/media.ts';
import { Problem } from '../../platform/problem.ts';
import type { ModelCall } from '../models.ts';
import { pcmSeconds } from '../pcm-file.ts';
import { elevenLabsProblem } from './errors.ts';

/** An MP3 of a tenth of a second is larger. */
const LEAST_BYTES = 200;
/** Mono 16-bit, the rate of every narration. */
const GRAPH = '[0:a]aformat=sample_fmts=s16:sample_rates=48000:channel_layouts=mono[voice]';

/** The bytes of a base64 text. Throws `provider_answer_unusable` for one that is none, or too short for speech. */
export function decodeAudio(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  // `Buffer` passes over what is not base64: then fewer bytes come out than the text stands for.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const isWhole = base64.length % 4 === 0 && bytes.length === (base64.length / 4) * 3 - padding;
  if (!isWhole || bytes.length < LEAST_BYTES) throw elevenLabsProblem('unusable');
  return bytes;
}

/**
 * Writes the vendor's audio to `file` as 48 kHz mono 16-bit WAV, created or replaced whole, and answers its seconds.
 * `workDir` holds a folder of the call's own meanwhile. Rejects with `provider_answer_unusable` for bytes that are no
 * sound.
 */
export async function writeSpeech(
  audio: Buffer,
  file: string,
  { engine, workDir }: { readonly engine: MediaEngine; readonly workDir: string },
  call: ModelCall,
): Promise<number> {
  const folder = await mkdtemp(join(workDir, 'speech-'));
  try {
    const source = join(folder, 'vendor-audio');
    await writeFile(source, audio);
    const outputs = [{ file, audio: { from: 'voice', encoding: { codec: 'pcm' } } }] as const;
    await engine.transcode(
      { inputs: [{ kind: 'media', file: source }], graph: GRAPH, outputs },
      call,
    );
    return await pcmSeconds(file);
  } catch (error) {
    const isNoSound = error instanceof Problem && error.code === 'media_rejected';
    throw isNoSound ? elevenLabsProblem('unusable', { cause: error }) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
