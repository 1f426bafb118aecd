import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { MediaCall, MediaEngine } from '../server/media/media.ts';
import type { TimedWord } from '../server/models/models.ts';

/**
 * The reference film's material, made from nothing by the bench itself: six noisy clips that are as
 * hard to encode as filmed ones, a voice with the rhythm of speech, and music. Seeded: the same
 * material on every machine.
 */

export type Material = {
  readonly clips: readonly string[];
  /** One voice a scene, 48 kHz mono, 4.4 s each. */
  readonly voices: readonly { readonly file: string; readonly words: readonly TimedWord[] }[];
  readonly texts: readonly string[];
  readonly music: string;
};

/** Raise when the material changes, so that an older folder is not used again. */
export const MATERIAL_VERSION = 1;
const RATE_HZ = 48_000;
const CLIP_SECONDS = 5;
/** With the lead-in and the pause a scene is 4.95 s; the last, with its tail, 5.8 s. */
const VOICE_SECONDS = 4.4;

const TEXTS = [
  'An octopus has three hearts, and two of them rest while it swims.',
  'Its blood is blue, because copper carries the oxygen instead of iron.',
  'Nine tenths of its nerves sit in the arms, so each arm can decide alone.',
  'It tastes whatever it touches with every sucker on every arm.',
  'It has no bones at all, and slips through a hole the size of its beak.',
  'So the next time you see one, wave back: it may well be thinking of you.',
];

/** Moving pictures of very different kinds, each with the noise and the crf that give 4–8 Mbit/s. */
const SOURCES: readonly {
  readonly source: string;
  readonly noise: number;
  readonly crf: number;
}[] = [
  {
    source: 'mandelbrot=s=720x1280:r=24:start_scale=1.2:end_scale=0.05:end_pts=240',
    noise: 9,
    crf: 22,
  },
  { source: 'testsrc2=s=720x1280:r=24', noise: 12, crf: 23 },
  {
    source:
      'gradients=s=720x1280:r=24:speed=0.03:seed=7:c0=0x1b3a6b:c1=0xf2b134:c2=0xd7263d:nb_colors=3',
    noise: 12,
    crf: 22,
  },
  { source: 'cellauto=s=720x1280:r=24:rule=110:seed=11:scroll=1', noise: 22, crf: 20 },
  {
    source:
      'life=s=180x320:r=24:seed=5:mold=20:life_color=0xf2d16b:death_color=0x204060,scale=720:1280:flags=bilinear',
    noise: 9,
    crf: 25,
  },
  {
    source:
      'mandelbrot=s=720x1280:r=24:start_x=-0.7453:start_y=0.1127:start_scale=0.02:end_scale=0.002:end_pts=240',
    noise: 9,
    crf: 33,
  },
];

/** Makes the material in `dir`, or takes what an earlier run left there. */
export async function makeMaterial(
  engine: MediaEngine,
  dir: string,
  call: MediaCall,
): Promise<Material> {
  await mkdir(dir, { recursive: true });
  const clips: string[] = [];
  for (const [i, { source, noise, crf }] of SOURCES.entries()) {
    const file = join(dir, `clip-${i}.mp4`);
    const noisy = `${source},format=yuv420p,noise=alls=${noise}:allf=t+u:all_seed=${i}`;
    if (!(await exists(file))) await film(engine, noisy, crf, file, call);
    clips.push(file);
  }
  const voices = [];
  for (const [i, text] of TEXTS.entries()) {
    const words = timeWords(text);
    const file = join(dir, `voice-${i}.wav`);
    await writeFile(file, wav([speak(words, i + 1)]));
    voices.push({ file, words });
  }
  const music = join(dir, 'music.wav');
  await writeFile(music, wav(play()));
  return { clips, voices, texts: TEXTS, music };
}

async function film(
  engine: MediaEngine,
  source: string,
  crf: number,
  file: string,
  call: MediaCall,
): Promise<void> {
  const frames = CLIP_SECONDS * 24;
  const encoding = { codec: 'h264', preset: 'veryfast', crf, fps: 24, gopFrames: 48 } as const;
  const graph = `${source},trim=end_frame=${frames},setpts=N/(24*TB)[v]`;
  await engine.transcode(
    { inputs: [], graph, outputs: [{ file, video: { from: 'v', frames, encoding } }] },
    call,
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Words over the voice's time by their length, with a short gap between. */
function timeWords(text: string): readonly TimedWord[] {
  const words = text.split(' ');
  const letters = words.reduce((sum, word) => sum + word.length + 1, 0);
  let at = 0;
  return words.map((word) => {
    const startMs = at;
    at += ((word.length + 1) / letters) * VOICE_SECONDS * 1000;
    return { text: word, startMs: Math.round(startMs), endMs: Math.round(at - 40) };
  });
}

/** Harmonics of a gliding pitch, loud in the middle of each word, with breath between. */
function speak(words: readonly TimedWord[], seed: number): Float64Array {
  const random = noise(seed);
  const samples = new Float64Array(Math.round(VOICE_SECONDS * RATE_HZ));
  let phase = 0;
  for (let n = 0; n < samples.length; n += 1) {
    const t = n / RATE_HZ;
    const word = words.find(({ startMs, endMs }) => t * 1000 >= startMs && t * 1000 < endMs);
    const part = word ? (t * 1000 - word.startMs) / (word.endMs - word.startMs) : 0;
    const loud = word ? Math.sin(Math.PI * part) ** 0.5 : 0;
    phase += (2 * Math.PI * (120 + 25 * Math.sin(2 * Math.PI * 0.7 * t))) / RATE_HZ;
    let voiced = 0;
    for (let k = 1; k <= 12; k += 1) voiced += Math.sin(k * phase) / k ** 1.2;
    samples[n] = loud * (0.16 * voiced + 0.03 * random()) + 0.001 * random();
  }
  return samples;
}

/** Thirty seconds of a slow chord with a pulse, in stereo. */
function play(): readonly [Float64Array, Float64Array] {
  const length = 30 * RATE_HZ;
  const sides: readonly [Float64Array, Float64Array] = [
    new Float64Array(length),
    new Float64Array(length),
  ];
  for (let n = 0; n < length; n += 1) {
    const t = n / RATE_HZ;
    const pulse = Math.exp(-4 * (t % 0.5));
    for (const [side, detune] of [1, 1.003].entries()) {
      const chord = [110, 164.8, 220, 277.2].map((hz) => Math.sin(2 * Math.PI * hz * detune * t));
      const sample = 0.06 * chord.reduce((sum, value) => sum + value, 0) * (0.5 + 0.5 * pulse);
      const out = sides[side];
      if (out) out[n] = sample;
    }
  }
  return sides;
}

/** Uniform noise between −1 and 1, the same for the same seed. */
function noise(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => generator.next() / 0x8000_0000;
}

/** 16-bit WAV of one or two channels. */
function wav(channels: readonly Float64Array[]): Buffer {
  const frames = channels[0]?.length ?? 0;
  const blockBytes = 2 * channels.length;
  const file = Buffer.alloc(44 + frames * blockBytes);
  file.write('RIFF', 0, 'ascii');
  file.writeUInt32LE(36 + frames * blockBytes, 4);
  file.write('WAVEfmt ', 8, 'ascii');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(RATE_HZ, 24);
  file.writeUInt32LE(RATE_HZ * blockBytes, 28);
  file.writeUInt16LE(blockBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'ascii');
  file.writeUInt32LE(frames * blockBytes, 40);
  for (let n = 0; n < frames; n += 1) {
    for (const [c, samples] of channels.entries()) {
      const sample = Math.max(-1, Math.min(1, samples[n] ?? 0));
      file.writeInt16LE(Math.round(sample * 32_767), 44 + n * blockBytes + c * 2);
    }
  }
  return file;
}
