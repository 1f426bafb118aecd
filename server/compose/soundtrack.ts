import { AUDIO_RATE_HZ } from '../media/formats.ts';
import type { MediaInput } from '../media/media.ts';
import { BadPlan } from './errors.ts';
import { integrateLoudness, type Master } from './loudness.ts';
import type { PrintedFrame } from './printed.ts';

/** A spoken track and where it begins in the film. */
export type PlacedVoice = { readonly file: string; readonly startSample: number };

export type SoundtrackPlan = {
  /** Exact length in samples at 48 kHz: a film's frames times 1600. */
  readonly samples: number;
  /** Ascending by start; a voice that would run into the next one is cut there. */
  readonly voices: readonly PlacedVoice[];
  /** Looped or cut to the film, faded at both ends, ducked under the voices. */
  readonly music: { readonly file: string } | null;
};

/** What goes into the mix, measured: integrated loudness, null for silence. */
export type Levels = {
  readonly voiceLufs: number | null;
  readonly musicLufs: number | null;
  readonly musicSeconds: number;
};

/** One bitrate for every film: transparent for speech over music. */
export const SOUNDTRACK_KBPS = 160;

/** Working level of the voice; leaves its peaks (12–18 dB above) their room. */
const VOICE_LUFS = -20;
/** Music alone stands 7 LU under the voice, and ducking lowers it by about 8 dB more. */
const MUSIC_LUFS = VOICE_LUFS - 7;
/** A louder correction than this would raise a recording's noise, not its voice. */
const MAX_LEVEL_GAIN_DB = 30;
const FADE_IN_SECONDS = 0.8;
const FADE_OUT_SECONDS = 2;

const STEREO = `aformat=sample_fmts=fltp:sample_rates=${AUDIO_RATE_HZ}:channel_layouts=stereo`;
/** Settings and effect measured in the project's comparison of engines: 8.1 dB lower while a voice speaks. */
const DUCK = 'sidechaincompress=threshold=0.03:ratio=8:attack=20:release=400';

/** Throws `BadPlan` unless the voices are in order and inside the film. */
export function assertSoundtrack(plan: SoundtrackPlan): void {
  const starts = plan.voices.map((voice) => voice.startSample);
  const bounds = [0, ...starts, plan.samples];
  const inOrder = bounds.every((at, i) => Number.isSafeInteger(at) && at >= (bounds[i - 1] ?? 0));
  if (!inOrder || plan.samples < 1) {
    throw new BadPlan('The voices of a film must be in order and inside it.');
  }
}

export function soundtrackInputs(plan: SoundtrackPlan): readonly MediaInput[] {
  const files = [...plan.voices, ...(plan.music ? [plan.music] : [])].map(({ file }) => file);
  return files.map((file) => ({ kind: 'media', file }));
}

/**
 * A graph that lays the film's voices, then the music, end to end and prints the loudness of every
 * 100 ms: one pass measures both.
 */
export function levelsGraph(plan: SoundtrackPlan): string {
  const measure = 'ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.M,anullsink';
  if (plan.music === null) return [...voiceChains(plan), `[voice]${measure}`].join(';');
  return [
    ...voiceChains(plan),
    `[${plan.voices.length}:a]${STEREO},asetpts=N/SR/TB[music]`,
    `[voice][music]concat=n=2:v=0:a=1,${measure}`,
  ].join(';');
}

/** A graph that prints the loudness and true peaks of its input's sound. */
export const LOUDNESS_GRAPH = '[0:a]ebur128=peak=true:metadata=1,ametadata=mode=print,anullsink';

/** Splits the measures of `levelsGraph` where the film's voices end. */
export function readLevels(frames: readonly PrintedFrame[], plan: SoundtrackPlan): Levels {
  const seam = plan.samples / AUDIO_RATE_HZ;
  const loud = frames.flatMap(({ seconds, notes }) => {
    const lufs = Number(notes.get('lavfi.r128.M') ?? Number.NaN);
    return Number.isNaN(lufs) ? [] : [{ seconds, lufs }];
  });
  // A block that spans the seam belongs to neither side.
  const voice = loud.filter(({ seconds }) => seconds + 0.1 <= seam);
  const music = loud.filter(({ seconds }) => seconds >= seam + 0.3);
  const end = (loud.at(-1)?.seconds ?? 0) + 0.1;
  return {
    voiceLufs: integrateLoudness(voice.map(({ lufs }) => lufs)),
    musicLufs: integrateLoudness(music.map(({ lufs }) => lufs)),
    musicSeconds: Math.max(0, end - seam),
  };
}

/** Loudness that the mix will have before mastering; null when there is nothing to hear. */
export function expectedLufs(levels: Levels): number | null {
  const { voiceLufs, musicLufs } = levels;
  if (voiceLufs !== null) return voiceLufs + levelGainDb(VOICE_LUFS, voiceLufs);
  return musicLufs === null ? null : musicLufs + levelGainDb(MUSIC_LUFS, musicLufs);
}

/** The graph from all voices and the music to the mastered track `[out]`, exactly `samples` long. */
export function soundtrackGraph(plan: SoundtrackPlan, levels: Levels, master: Master): string {
  const voice = voiceChains(plan);
  const level = `[voice]volume=${levelGainDb(VOICE_LUFS, levels.voiceLufs).toFixed(2)}dB`;
  const exact = `apad=whole_len=${plan.samples},atrim=end_sample=${plan.samples}`;
  const limit = (10 ** (master.ceilingDb / 20)).toFixed(4);
  const finish = [
    `volume=${master.gainDb.toFixed(2)}dB`,
    // `level` would turn the result up to the ceiling again.
    `alimiter=limit=${limit}:attack=5:release=80:level=0:latency=1`,
    exact,
  ].join(',');
  if (plan.music === null) return [...voice, `${level},${finish}[out]`].join(';');
  return [
    ...voice,
    `${level},asplit[speech][key]`,
    `[${plan.voices.length}:a]${musicChain(plan, levels)}[music]`,
    `[music][key]${DUCK}[ducked]`,
    `[speech][ducked]amix=inputs=2:duration=first:normalize=0,${finish}[out]`,
  ].join(';');
}

/** All voices as one track `[voice]` as long as the film: each padded or cut to where the next begins. */
function voiceChains(plan: SoundtrackPlan): readonly string[] {
  // Silence stands in for a voice, so that a film without one takes the same way.
  if (plan.voices.length === 0) {
    return [
      `anullsrc=r=${AUDIO_RATE_HZ}:cl=stereo,${STEREO},atrim=end_sample=${plan.samples}[voice]`,
    ];
  }
  const chains = plan.voices.map((voice, i) => {
    const end = plan.voices[i + 1]?.startSample ?? plan.samples;
    const before = i === 0 ? voice.startSample : 0;
    const length = end - voice.startSample + before;
    const delay = before > 0 ? [`adelay=delays=${before}S:all=1`] : [];
    const trim = [`apad=whole_len=${length}`, `atrim=end_sample=${length}`, 'asetpts=N/SR/TB'];
    return `[${i}:a]${[STEREO, ...delay, ...trim].join(',')}[v${i}]`;
  });
  const joined = plan.voices.map((_, i) => `[v${i}]`).join('');
  return [...chains, `${joined}concat=n=${plan.voices.length}:v=0:a=1[voice]`];
}

function musicChain(plan: SoundtrackPlan, levels: Levels): string {
  const seconds = plan.samples / AUDIO_RATE_HZ;
  const fadeIn = Math.min(FADE_IN_SECONDS, seconds / 4);
  const fadeOut = Math.min(FADE_OUT_SECONDS, seconds / 3);
  const isShort = levels.musicSeconds + 0.2 < seconds;
  return [
    STEREO,
    ...(isShort ? [`aloop=loop=-1:size=${plan.samples}`] : []),
    `atrim=end_sample=${plan.samples}`,
    'asetpts=N/SR/TB',
    `volume=${levelGainDb(MUSIC_LUFS, levels.musicLufs).toFixed(2)}dB`,
    `afade=t=in:d=${fadeIn.toFixed(3)}`,
    `afade=t=out:st=${(seconds - fadeOut).toFixed(3)}:d=${fadeOut.toFixed(3)}`,
  ].join(',');
}

function levelGainDb(wanted: number, measured: number | null): number {
  const gain = measured === null ? 0 : wanted - measured;
  return Math.max(-MAX_LEVEL_GAIN_DB, Math.min(MAX_LEVEL_GAIN_DB, gain));
}
