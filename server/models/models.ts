import type { Format } from '../media/formats.ts';

/**
 * The four interfaces that every AI model stands behind, local or a vendor's. A model is chosen per
 * capability in the composition root; nothing else knows which one runs.
 *
 * All methods reject with a `Problem` (`upstream` for a vendor's fault, `invalid` for input that the
 * model cannot take, such as a language no voice speaks) and stop soon after `signal` aborts.
 */
export type ModelCall = {
  readonly signal: AbortSignal;
  /** Told the CPU milliseconds that the call used on this machine in processes of its own; vendors use none. */
  readonly spent?: (cpuMs: number) => void;
};

/** A word as spoken or heard, in milliseconds from the start of its audio. `startMs <= endMs`. */
export type TimedWord = { readonly text: string; readonly startMs: number; readonly endMs: number };

export type ScriptScene = {
  /** What is said, in the film's language; also the caption text. */
  readonly narration: string;
  /** What is seen: a prompt for a video model, in English. */
  readonly visual: string;
};

export type Script = {
  readonly title: string;
  readonly scenes: readonly ScriptScene[];
  /** A sentence for the user about how this was written, where they should know (template text). */
  readonly notice?: string;
};

export type ScriptBrief = {
  readonly topic: string;
  /** Wanted length of the finished film in seconds, 5–180. */
  readonly seconds: number;
  /** BCP 47, such as `en`. */
  readonly language: string;
};

export interface TextModel {
  /** Vendor and version, such as `local/templates-2`; part of every input hash. */
  readonly id: string;
  writeScript(brief: ScriptBrief, call: ModelCall): Promise<Script>;
  /** A visual prompt for each narration, in order; the answer has the same length. */
  writeVisuals(
    input: { readonly title: string; readonly narrations: readonly string[] },
    call: ModelCall,
  ): Promise<readonly string[]>;
}

export type ClipRequest = {
  readonly prompt: string;
  /** Length wanted, already rounded up to a multiple of `limits.stepSeconds` within the limits. */
  readonly seconds: number;
  readonly format: Format;
  /** Same seed, same prompt, same model: the same clip where the model can do that. */
  readonly seed: number;
};

/** Where a filming task stands. `failed` is final; `code` is ours, stable, in snake_case. */
export type ClipTask =
  | { readonly status: 'queued' | 'running'; readonly progress: number | null }
  | { readonly status: 'succeeded' }
  | {
      readonly status: 'failed';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    };

export interface VideoModel {
  readonly id: string;
  readonly limits: {
    readonly minSeconds: number;
    readonly maxSeconds: number;
    readonly stepSeconds: number;
  };
  /** Starts filming. The task id is enough to poll and download after a restart of the process. */
  submit(request: ClipRequest, call: ModelCall): Promise<{ readonly taskId: string }>;
  poll(taskId: string, call: ModelCall): Promise<ClipTask>;
  /** Writes the finished clip of a `succeeded` task to `file` (created or replaced whole). */
  download(taskId: string, file: string, call: ModelCall): Promise<void>;
  /** Ends a task if it can still be ended; false when it goes on at the vendor's. Forgetting a task is free. */
  cancel(taskId: string, call: ModelCall): Promise<boolean>;
}

export type Voice = {
  readonly id: string;
  readonly name: string;
  /** BCP 47 languages it speaks. */
  readonly languages: readonly string[];
  readonly description: string;
};

export type Speech = {
  readonly seconds: number;
  /** Null when the model gives no timings; then a TranscriptionModel is the clock. */
  readonly words: readonly TimedWord[] | null;
};

export interface SpeechModel {
  readonly id: string;
  readonly voices: readonly Voice[];
  /** Speaks `text` into `file` as 48 kHz mono 16-bit WAV (created or replaced whole). */
  speak(
    input: { readonly text: string; readonly voice: string; readonly language: string },
    file: string,
    call: ModelCall,
  ): Promise<Speech>;
}

export interface TranscriptionModel {
  readonly id: string;
  /**
   * The words heard in a 16 kHz mono WAV file. `text` is what is known to be said: where given, the
   * answer's words are that text's, in order, and the model is only the clock.
   */
  transcribe(
    input: {
      readonly file: string;
      readonly text: string | null;
      readonly language: string | null;
    },
    call: ModelCall,
  ): Promise<readonly TimedWord[]>;
}
