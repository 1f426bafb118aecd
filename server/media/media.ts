/**
 * The media engine: frames and samples in, files out. It knows nothing of videos, scenes or captions.
 * Two implementations give the same result: node-av (FFmpeg inside the npm package) and a system ffmpeg.
 * Every call runs in a child process of its own, with no secret in its environment, a private working
 * folder, a time limit, a memory limit, no network where the system permits, and no protocol but `file`;
 * aborting kills the whole group.
 *
 * All methods reject with a `Problem`: `media_rejected` (kind `invalid`) for a file that is not acceptable
 * media, `media_failed` (kind `internal`) with the engine's last words as `cause`, `canceled` on abort,
 * and what ends any child: `timed_out`, `out_of_memory`, `child_crashed`, `child_not_started`.
 */
export type MediaCall = {
  readonly signal: AbortSignal;
  /** Default 120 000. */
  readonly timeoutMs?: number;
  /** Told the CPU milliseconds of every child that the call used, probes and measures included. */
  readonly spent?: (cpuMs: number) => void;
};

export type VideoInfo = {
  readonly codec: string;
  readonly profile: string | null;
  readonly pixelFormat: string;
  /** As stored, before rotation. */
  readonly width: number;
  readonly height: number;
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  /** Average frame rate as a fraction, such as 24000/1001. */
  readonly fps: { readonly numerator: number; readonly denominator: number };
  readonly frames: number | null;
  readonly seconds: number;
  readonly startSeconds: number;
  readonly colorSpace: string | null;
  readonly colorPrimaries: string | null;
  readonly colorTransfer: string | null;
  readonly colorRange: string | null;
};

export type AudioInfo = {
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly seconds: number;
  readonly startSeconds: number;
};

export type MediaInfo = {
  readonly container:
    | 'mp4'
    | 'webm'
    | 'mkv'
    | 'wav'
    | 'mp3'
    | 'ogg'
    | 'flac'
    | 'png'
    | 'jpeg'
    | 'webp';
  readonly seconds: number;
  readonly sizeBytes: number;
  readonly video: VideoInfo | null;
  readonly audio: AudioInfo | null;
  /** MP4 only: the index stands before the media data, so playback starts before the file is whole. */
  readonly faststart: boolean;
};

export type MediaInput =
  /**
   * A media file in an accepted container; anything else is refused by its decoded content. The graph
   * sees the picture upright (rotation applied) and time 0 where the file, or the seek, begins.
   */
  | { readonly kind: 'media'; readonly file: string; readonly seekSeconds?: number }
  /** An ffconcat list of our own making: PNG files with durations, all beside the list. */
  | { readonly kind: 'pictures'; readonly file: string };

export type VideoEncoding =
  | {
      /**
       * H.264 High, yuv420p, limited range, closed GOPs, constant frame rate, MP4 timescale 15360. It is
       * tagged bt709 as it comes: a graph whose source is not, converts (`scale=out_color_matrix=bt709`).
       */
      readonly codec: 'h264';
      readonly preset: 'ultrafast' | 'superfast' | 'veryfast';
      /** 0–51; 23 is the house default. */
      readonly crf: number;
      readonly fps: number;
      readonly gopFrames: number;
    }
  | { readonly codec: 'png' }
  | { readonly codec: 'jpeg' /** 2 (best) to 31. */; readonly quality: number };

export type AudioEncoding =
  | { readonly codec: 'aac'; readonly bitrateKbps: number }
  /** 16-bit WAV. */
  | { readonly codec: 'pcm' };

export type MediaOutput = {
  /**
   * Written under a temporary name in the same folder (`.name.….part`) and renamed when complete and
   * verified. It is not synced to the disk: whoever stores it for good does that.
   */
  readonly file: string;
  /** `from` is a label of the graph, without brackets. The encoder stops after, and must reach, `frames`. */
  readonly video?: {
    readonly from: string;
    readonly frames: number;
    readonly encoding: VideoEncoding;
  };
  readonly audio?: { readonly from: string; readonly encoding: AudioEncoding };
};

export type TranscodeTask = {
  readonly inputs: readonly MediaInput[];
  /** A libavfilter graph; inputs are `[0:v]`, `[1:a]` and so on. The same string serves both engines. */
  readonly graph: string;
  readonly outputs: readonly MediaOutput[];
};

export type JoinTask = {
  /** Segments encoded by this engine with equal settings; copied, never re-encoded. */
  readonly segments: readonly string[];
  /** One finished audio track (AAC in MP4), copied; omitted for a silent film. */
  readonly audio?: string;
  readonly file: string;
  /** Exact count the result must have. */
  readonly frames: number;
  readonly title?: string;
};

/** What a task cost, from the operating system's accounting of the child. */
export type MediaCost = { readonly cpuMs: number; readonly peakMemoryBytes: number };

export interface MediaEngine {
  readonly name: 'node-av' | 'ffmpeg';
  /** Name and version as they enter the hash of an encoded segment, such as `node-av/6.1.1`. */
  readonly version: string;
  probe(file: string, call: MediaCall): Promise<MediaInfo>;
  transcode(task: TranscodeTask, call: MediaCall): Promise<MediaCost>;
  /** Runs a graph that ends in `nullsink` or `anullsink` and returns what its `metadata`/`ametadata=mode=print` filters printed. */
  measure(
    task: { readonly inputs: readonly MediaInput[]; readonly graph: string },
    call: MediaCall,
  ): Promise<string>;
  join(task: JoinTask, call: MediaCall): Promise<MediaCost>;
}
