import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../../platform/problem.ts';
import type { ModelCall, SpeechModel, TimedWord, TranscriptionModel } from '../../models.ts';
import { readWav } from '../speech/wav.ts';
import { TranscriptionUnavailable, UnreadableSound } from './errors.ts';
import { RATE_HZ, type Samples } from './features.ts';
import { matchSpeech, type Reference } from './match-speech.ts';
import { spreadWords } from './spread-words.ts';

/** The first two of the local voices are a man's and a woman's; the nearer one is taken. */
const REFERENCE_VOICES = 2;
/** The most text that a voice is given at once. */
const PART_CHARS = 4_000;
/** Longer sound is refused, so that the memory of an alignment is bounded. */
const MOST_SECONDS = 20 * 60;

/**
 * Word times for sound whose text is known, without a recogniser: the text is spoken by a local voice
 * whose word times are exact, and that recording is laid over the sound (about 50 ms off on average).
 * In a language the voice does not speak, the words share the spoken time by their length.
 *
 * The words are the whitespace-separated words of the text, as written. Rejects with
 * `transcription_unavailable` without a text, `unreadable_sound`, `sound_too_long`, or what `speech` rejects.
 */
export function makeLocalTranscription({
  speech,
}: {
  readonly speech: SpeechModel;
}): TranscriptionModel {
  return {
    id: `local/alignment-1+${speech.id}`,
    lane: null,
    hears: false,
    estimate: (seconds) => ({ unit: 'seconds', units: seconds, costMicroUsd: 0, reference: null }),
    async transcribe({ file, text, language }, call) {
      const words = text?.split(/\s+/u).filter((word) => word !== '') ?? [];
      if (text === null || words.length === 0) throw new TranscriptionUnavailable();
      const audio = await readSound(file);
      call.signal.throwIfAborted();
      try {
        const references: Reference[] = [];
        const voices = await speech.listVoices(call);
        for (const voice of voices.slice(0, REFERENCE_VOICES)) {
          references.push(await speakReference(speech, voice.id, words, language ?? 'en', call));
        }
        call.signal.throwIfAborted();
        return await matchSpeech(audio, references, call.signal);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'language_not_spoken') throw error;
        return await spreadWords(audio, words, call.signal);
      }
    },
  };
}

async function readSound(file: string): Promise<Samples> {
  const bytes = await readFile(file);
  try {
    const { rateHz, samples } = readWav(bytes);
    if (rateHz !== RATE_HZ || samples.length === 0) throw new RangeError(`${rateHz} Hz`);
    if (samples.length <= MOST_SECONDS * RATE_HZ) return samples;
  } catch (error) {
    throw new UnreadableSound(error);
  }
  throw new Problem({
    kind: 'invalid',
    code: 'sound_too_long',
    message: `Sound of more than ${MOST_SECONDS / 60} minutes cannot be aligned at once.`,
    action: 'Cut the file into shorter ones.',
  });
}

/** The words spoken by one voice, part by part, as one recording. */
async function speakReference(
  speech: SpeechModel,
  voice: string,
  words: readonly string[],
  language: string,
  call: ModelCall,
): Promise<Reference> {
  const folder = await mkdtemp(join(tmpdir(), 'clipt-align-'));
  try {
    const timed: TimedWord[] = [];
    const recordings: Samples[] = [];
    let elapsed = 0;
    for (const text of partsOf(words)) {
      const file = join(folder, 'part.wav');
      const narration = { text, voice, language, previousText: null, nextText: null };
      const spoken = await speech.speak(narration, file, call);
      const { rateHz, samples } = readWav(await readFile(file));
      const recording = downsample(samples, rateHz / RATE_HZ);
      const beforeMs = (elapsed * 1000) / RATE_HZ;
      for (const { text, startMs, endMs } of spoken.words ?? []) {
        timed.push({ text, startMs: startMs + beforeMs, endMs: endMs + beforeMs });
      }
      recordings.push(recording);
      elapsed += recording.length;
    }
    return { samples: join32(recordings, elapsed), words: timed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function partsOf(words: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (const word of words) {
    // A voice breathes at the end of a sentence, so there a cut is not heard.
    const full = part.length + word.length > PART_CHARS;
    const ended = part.length > PART_CHARS / 2 && /[.!?]["')\]]*$/.test(part);
    if (full || ended) {
      parts.push(part);
      part = '';
    }
    part = part === '' ? word : `${part} ${word}`;
  }
  return part === '' ? parts : [...parts, part];
}

function join32(parts: readonly Samples[], length: number): Samples {
  const all = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Every `factor`th sample after a low pass (a windowed sinc of 8 periods), so that nothing folds back. */
function downsample(samples: Samples, factor: number): Samples {
  if (factor === 1) return samples;
  const reach = Math.round(4 * factor);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const x = (i - reach) / factor;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return (sinc * (0.5 + 0.5 * Math.cos((Math.PI * (i - reach)) / (reach + 1)))) / factor;
  });
  const output = new Float32Array(Math.floor(samples.length / factor));
  for (let at = 0; at < output.length; at += 1) {
    const centre = Math.round(at * factor);
    let sum = 0;
    for (let k = -reach; k <= reach; k += 1)
      sum += (samples[centre + k] ?? 0) * (kernel[k + reach] ?? 0);
    output[at] = sum;
  }
  return output;
}
