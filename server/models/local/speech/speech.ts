import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ChildProblem } from '../../../platform/child/errors.ts';
import { runChildTask } from '../../../platform/child/run-task.ts';
import type { ModelCall, Speech, SpeechModel, Voice } from '../../models.ts';
import { narrationTooLong, speechFailed, unknownVoice } from './errors.ts';
import { requireEnglish } from './language.ts';
import { spoken } from './speak-order.ts';
import { spokenText, spokenWords } from './spoken-words.ts';
import { timeWords } from './word-times.ts';

const VOICES: readonly Voice[] = [
  voice('rms', 'Ray', 'Calm American man; the clearest of the four. A draft voice: synthetic.'),
  voice('slt', 'Stella', 'Even American woman. A draft voice: synthetic.'),
  voice('awb', 'Angus', 'Lively Scottish man. A draft voice: synthetic.'),
  voice('kal16', 'Kit', 'Robot from the early days of speech synthesis, on purpose.'),
];

const MODULE = new URL('./speak-child.ts', import.meta.url);
const MOST_CHARACTERS = 5_000;
const TRIES = 3;
/** 5,000 characters are about six minutes of speech; they take under 30 CPU seconds. */
const TIMEOUT_MS = 120_000;
const MEMORY_MIB = 768;

function voice(id: string, name: string, description: string): Voice {
  return { id, name, languages: ['en'], description, previewUrl: null };
}

/**
 * The voices that need no key and no network: flite, in a process per narration, English only.
 * `workDir` holds a folder per narration while it is spoken; it must exist.
 *
 * What is said before and after makes no difference to these voices. The words are the
 * whitespace-separated words of the text, as written. Rejects with
 * `language_not_spoken`, `narration_too_long`, `unknown_voice`, `canceled`, or `speech_failed`
 * (retryable) after three tries.
 */
export function makeLocalSpeechModel({ workDir }: { readonly workDir: string }): SpeechModel {
  return {
    id: 'local/flite-1',
    lane: null,
    defaultVoice: 'rms',
    listVoices: async () => VOICES,
    estimate: (text) => ({
      unit: 'characters',
      units: text.length,
      costMicroUsd: 0,
      reference: null,
    }),
    async speak({ text, voice, language }, file, call) {
      if (!VOICES.some(({ id }) => id === voice)) throw unknownVoice(VOICES.map(({ id }) => id));
      if (text.length > MOST_CHARACTERS) throw narrationTooLong(MOST_CHARACTERS);
      const words = spokenWords(text);
      requireEnglish(text, language, words);
      const says = words.map(({ say }) => say).filter((say) => say !== '');
      const folder = await mkdtemp(path.join(workDir, 'speech-'));
      try {
        const input = { text: spokenText(words), says, voice };
        const output = await trySpeaking(folder, input, call);
        await putInPlace(path.join(folder, 'speech.wav'), file);
        const lastMs = Math.floor(output.seconds * 1000);
        const speech: Speech = {
          seconds: output.seconds,
          words: timeWords(words, output.times, lastMs),
        };
        return speech;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The engine crashes now and then through no fault of the text: a crash alone is tried again. */
async function trySpeaking(
  folder: string,
  input: { readonly text: string; readonly says: readonly string[]; readonly voice: string },
  call: ModelCall,
) {
  const limits = { signal: call.signal, timeoutMs: TIMEOUT_MS, memoryMiB: MEMORY_MIB };
  for (let tried = 1; ; tried++) {
    try {
      const task = { module: MODULE, input, output: spoken, cwd: folder };
      const { output, cost } = await runChildTask(task, limits);
      call.spent?.(cost.cpuMs);
      return output;
    } catch (error) {
      if (error instanceof ChildProblem && error.code === 'canceled') throw error;
      const crashed = error instanceof ChildProblem && error.code === 'child_crashed';
      if (!crashed || tried === TRIES) throw speechFailed(error);
    }
  }
}

/** A copy beside the target and a rename: the work folder may be on another file system. */
async function putInPlace(from: string, file: string): Promise<void> {
  const part = `${file}.${process.pid}-${path.basename(path.dirname(from))}.part`;
  try {
    await copyFile(from, part);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
