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
  /** Told what the call cost at its vendor, once, as soon as the vendor has said so; local models cost nothing. */
  readonly bought?: (usage: Usage) => void;
};

/** What a vendor counts and charges for. */
export type Usage = {
  readonly unit: 'tokens' | 'characters' | 'seconds';
  readonly units: number;
  /** Millionths of a US dollar by the model's dated price table; 0 for local models. */
  readonly costMicroUsd: number;
  /** The vendor's own id of the request, for its support; never shown to other accounts. */
  readonly reference: string | null;
};

/** The calls that may be under way at once with one vendor key, counted over all processes. */
export type Lane = { readonly name: string; readonly limit: number };

/** What every model has besides its work. */
export type Model = {
  /** Vendor and version, such as `ark/dreamina-seedance-2-0-260128`; part of every input hash. */
  readonly id: string;
  /** Null for local models, which take what the machine gives. */
  readonly lane: Lane | null;
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
  /** How it sounds, such as `playful`; null leaves it to the model. */
  readonly tone: string | null;
  /** An idea to work out, such as one of `writeIdeas`. */
  readonly idea: Idea | null;
};

/** A film not yet written: a working title, the first sentence that holds the viewer, and the view taken. */
export type Idea = { readonly title: string; readonly hook: string; readonly angle: string };

export interface TextModel extends Model {
  /** What a script of that brief will cost at most, from the dated price table. */
  estimate(brief: { readonly seconds: number }): Usage;
  /** Exactly `count` (1–10) ideas, all different. */
  writeIdeas(
    input: { readonly topic: string; readonly count: number; readonly language: string },
    call: ModelCall,
  ): Promise<readonly Idea[]>;
  /** A better prompt for a video model, in English, with the meaning of the given one. */
  enhancePrompt(input: { readonly prompt: string }, call: ModelCall): Promise<string>;
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
  /** 0 to 2^31 − 1. Same seed, prompt and model: the same clip where the model can do that. */
  readonly seed: number;
  /** A PNG, JPEG or WebP file to begin with; excludes references. */
  readonly firstFrame: string | null;
  /** PNG, JPEG or WebP files of what should look the same. */
  readonly references: readonly string[];
  /** True when the clip's last frame is wanted as a picture, to begin the next clip with. */
  readonly wantsLastFrame: boolean;
};

/** A request as it is ordered: unlike the request, it is never sent twice. */
export type ClipOrder = ClipRequest & {
  /** Where the vendor may tell of the task; unguessable and of this order alone. Null where nobody can reach us. */
  readonly callbackUrl: string | null;
};

/** Where a filming task stands. `failed` is final; `code` is ours, stable, in snake_case. */
export type ClipTask =
  | { readonly status: 'queued' | 'running'; readonly progress: number | null }
  | { readonly status: 'succeeded'; readonly usage: Usage | null }
  | {
      readonly status: 'failed';
      readonly code: string;
      readonly message: string;
      /** True when a new order of the same clip may succeed. */
      readonly retryable: boolean;
      readonly vendorCode: string | null;
    }
  /** The vendor knows no such task: whether it was ever filmed, and charged, nobody can tell. */
  | { readonly status: 'gone'; readonly code: string; readonly message: string };

export interface VideoModel extends Model {
  readonly limits: {
    readonly minSeconds: number;
    readonly maxSeconds: number;
    readonly stepSeconds: number;
  };
  readonly accepts: { readonly firstFrame: boolean; readonly references: number };
  /** True where an order is recognised at the vendor by its seed, which then is that order's own. */
  readonly knowsOrdersBySeed: boolean;
  /** Milliseconds after an uncertain order at which it is looked for; after the last it counts as never accepted. */
  readonly looksAfterMs: readonly number[];
  /** What the clip will cost, from the dated price table. */
  estimate(request: Pick<ClipRequest, 'seconds' | 'format'>): Usage;
  /**
   * Starts filming. The task id is enough to poll and download after a restart of the process. Rejects with
   * `OrderUncertain` when the vendor may have accepted without our hearing of it; then only `find` may follow.
   */
  submit(order: ClipOrder, call: ModelCall): Promise<{ readonly taskId: string }>;
  /**
   * The task that an uncertain order has become, or null when the vendor, asked now, knows of none. `known` holds
   * task ids that belong to other orders.
   */
  find(
    order: {
      readonly request: ClipRequest;
      readonly orderedAt: Date;
      readonly known: ReadonlySet<string>;
    },
    call: ModelCall,
  ): Promise<string | null>;
  poll(taskId: string, call: ModelCall): Promise<ClipTask>;
  /** How long to leave a task alone between polls, with so many tasks under way with the key. */
  pollAfterMs(tasksInFlight: number): number;
  /**
   * Writes the finished clip of a `succeeded` task to `clip` and, where the model has it, its last frame to
   * `lastFrame` (each created or replaced whole).
   */
  download(
    taskId: string,
    files: { readonly clip: string; readonly lastFrame: string | null },
    call: ModelCall,
  ): Promise<{ readonly hasLastFrame: boolean }>;
  /** Ends a task if it can still be ended; false when it goes on at the vendor's. Forgetting a task is free. */
  cancel(taskId: string, call: ModelCall): Promise<boolean>;
}

export type Voice = {
  readonly id: string;
  readonly name: string;
  /** BCP 47 languages it speaks. */
  readonly languages: readonly string[];
  readonly description: string;
  /** A sound file at the vendor's, for listening; null where there is none. */
  readonly previewUrl: string | null;
};

export type Speech = {
  readonly seconds: number;
  /** Null when the model gives no timings; then a TranscriptionModel is the clock. */
  readonly words: readonly TimedWord[] | null;
};

export type Narration = {
  readonly text: string;
  /** A voice id of this model. */
  readonly voice: string;
  readonly language: string;
  /** What is said before and after, so that the tone carries over; not spoken. */
  readonly previousText: string | null;
  readonly nextText: string | null;
};

export interface SpeechModel extends Model {
  /** Speaks where nobody chose a voice. */
  readonly defaultVoice: string;
  /** Every voice that can be chosen; kept for some minutes where a vendor is asked. */
  listVoices(call: ModelCall): Promise<readonly Voice[]>;
  estimate(text: string): Usage;
  /** Speaks into `file` as 48 kHz mono 16-bit WAV (created or replaced whole). */
  speak(narration: Narration, file: string, call: ModelCall): Promise<Speech>;
}

export interface TranscriptionModel extends Model {
  /** True when it also hears what nobody wrote down; else `text` must be given. */
  readonly hears: boolean;
  estimate(seconds: number): Usage;
  /**
   * The words heard in a 16 kHz mono WAV file. `text` is what is known to be said: where given, it helps the
   * model, which is only the clock then. Words come in order, times are monotonic and within the sound.
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
