import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Format } from '../../server/media/formats.ts';
import type { MediaEngine } from '../../server/media/media.ts';
import { makeLocalVideoModel } from '../../server/models/local/footage/footage.ts';
import type { Order } from './order.ts';

export type ClipOptions = {
  readonly engine: MediaEngine;
  /** Holds what was made before, for other runs too. */
  readonly cacheDir: string;
  /**
   * `cheap`: a moving square, made once per length and size. `short`: the same, a second long whatever was ordered.
   * `drawn`: the local video model, by the prompt.
   */
  readonly footage: 'cheap' | 'short' | 'drawn';
  /** `hevc` plays one 10-bit H.265 film of 29 frames as slowly as an order is long, as no encoder for it is at hand. */
  readonly codec: 'h264' | 'hevc';
};

export type Clips = {
  /** The finished film, an MP4 file; its bytes are this task's alone, its picture may be others' too. */
  film(taskId: string, order: Order, signal: AbortSignal): Promise<Buffer>;
  /** The last frame of that film, as PNG. */
  lastFrame(order: Order, signal: AbortSignal): Promise<Buffer>;
  close(): Promise<void>;
};

const FPS = 24;
const HEVC_FILM = new URL('../../server/compose/fixtures/hevc-10-bit.mp4', import.meta.url);
const HEVC_FRAMES = 29;
const SHORT_SECONDS = 1;
/** Part of every cached name: to be changed with the pictures. */
const CHEAP_EDITION = 1;
const LOOKS = ['0x2b4c7e:0xf2b134', '0x7e2b4c:0x6fd1a5', '0x2f5d3a:0xf07f5e', '0x4a3b78:0xd9e04f'];
const POLL_MS = 200;
const MOST_PROMPT_CHARACTERS = 4_000;

/** Real films for a stand-in to hand out, each made once and kept. */
export function makeClips({ engine, cacheDir, footage, codec }: ClipOptions): Clips {
  const making = new Map<string, Promise<string>>();
  const turns = pLimit(1);
  const local = makeLocalVideoModel({ workDir: join(cacheDir, 'drawn') });

  /** The file of that name, made by `make` unless it is there already. */
  async function kept(name: string, make: (file: string) => Promise<unknown>): Promise<string> {
    const file = join(cacheDir, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
    const made =
      making.get(name) ??
      turns(() =>
        mkdir(cacheDir, { recursive: true })
          .then(() => make(file))
          .then(() => file),
      );
    making.set(name, made);
    return await made.finally(() => making.delete(name));
  }

  const asFilmed = (order: Order): Order =>
    footage === 'short' ? { ...order, seconds: SHORT_SECONDS } : order;

  async function filmFile(order: Order, signal: AbortSignal): Promise<string> {
    const frames = framesOf(order);
    const { width, height } = order.size;
    const shape = `${width}x${height}-${frames}${order.audio ? '-sound' : ''}`;
    if (footage !== 'drawn') {
      const look = order.seed % LOOKS.length;
      return await kept(`cheap${CHEAP_EDITION}-${look}-${shape}.mp4`, (file) =>
        encode(engine, { graph: cheapGraph(order, look), source: null, order, file }, signal),
      );
    }
    const wish = createHash('sha256').update(`${order.seed}\n${order.prompt}`).digest('hex');
    return await kept(`drawn-${wish.slice(0, 24)}-${shape}.mp4`, async (file) => {
      const source = `${file}.source.mp4`;
      await draw(order, source, signal);
      const graph = `[0:v]fps=${FPS},scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height},tpad=stop_mode=clone:stop_duration=1,format=yuv420p[v]`;
      await encode(engine, { graph, source, order, file }, signal);
      await rm(source, { force: true });
    });
  }

  async function draw(order: Order, file: string, signal: AbortSignal): Promise<void> {
    const request = {
      prompt: order.prompt.slice(0, MOST_PROMPT_CHARACTERS) || 'A quiet landscape',
      seconds: Math.ceil(order.seconds),
      format: FORMAT_OF[order.ratio] ?? '16:9',
      seed: order.seed,
      ...{ firstFrame: null, references: [], wantsLastFrame: false, callbackUrl: null },
    };
    const { taskId } = await local.submit(request, { signal });
    for (;;) {
      const state = await local.poll(taskId, { signal });
      if (state.status === 'succeeded') break;
      if (state.status === 'failed') throw new Error(`The local film failed: ${state.code}`);
      await delay(POLL_MS, undefined, { signal });
    }
    // Nobody counts the time here, but the model hands its film out with that count.
    const counted = { signal, spent: () => undefined };
    await local.download(taskId, { clip: file, lastFrame: null }, counted);
    await local.cancel(taskId, { signal });
  }

  return {
    async film(taskId, ordered, signal) {
      const order = asFilmed(ordered);
      const film =
        codec === 'hevc'
          ? slowed(await readFile(HEVC_FILM), framesOf(order) / HEVC_FRAMES)
          : await readFile(await filmFile(order, signal));
      return Buffer.concat([film, markOf(taskId)]);
    },
    async lastFrame(ordered, signal) {
      const order = asFilmed(ordered);
      const film = await filmFile(order, signal);
      const picture = await kept(`${film.slice(cacheDir.length + 1)}.png`, (file) =>
        engine.transcode(
          {
            inputs: [{ kind: 'media', file: film, seekSeconds: (framesOf(order) - 1) / FPS }],
            graph: '[0:v]format=rgb24[last]',
            outputs: [{ file, video: { from: 'last', frames: 1, encoding: { codec: 'png' } } }],
          },
          { signal },
        ),
      );
      return await readFile(picture);
    },
    close: () => local.close(),
  };
}

/** A little more than was asked for, as the vendor films (ModelArk, observed bills: 24 frames a second and one). */
export const framesOf = ({ seconds }: Order): number => Math.round(seconds * FPS) + 1;

const FORMAT_OF: Readonly<Record<string, Format>> = { '9:16': '9:16', '3:4': '4:5', '1:1': '1:1' };

/** A square that wanders over a ground; costs little to make and little to encode. */
function cheapGraph({ size: { width, height }, audio, ...order }: Order, look: number): string {
  const [ground = '', square = ''] = LOOKS[look]?.split(':') ?? [];
  const side = Math.round(Math.min(width, height) * 0.15) * 2;
  const color = (of: string, across: number, down: number) =>
    `color=c=${of}:s=${across}x${down}:r=${FPS},format=yuv420p`;
  const path = "x='(W-w)/2*(1+sin(t*1.7))':y='(H-h)/2*(1+cos(t*1.3))'";
  const picture = `${color(ground, width, height)}[ground];${color(square, side, side)}[square];[ground][square]overlay=${path}[v]`;
  const seconds = framesOf({ ...order, audio, size: { width, height } }) / FPS;
  return audio
    ? `${picture};sine=frequency=330:sample_rate=44100:duration=${seconds},aformat=channel_layouts=mono[a]`
    : picture;
}

async function encode(
  engine: MediaEngine,
  {
    graph,
    source,
    order,
    file,
  }: { readonly graph: string; readonly source: string | null; order: Order; file: string },
  signal: AbortSignal,
): Promise<void> {
  const frames = framesOf(order);
  const isSounding = order.audio && source === null;
  await engine.transcode(
    {
      inputs: source === null ? [] : [{ kind: 'media', file: source }],
      graph,
      outputs: [
        {
          file,
          video: {
            ...{ from: 'v', frames },
            encoding: { codec: 'h264', preset: 'ultrafast', crf: 28, fps: FPS, gopFrames: 48 },
          },
          ...(isSounding
            ? { audio: { from: 'a', encoding: { codec: 'aac', bitrateKbps: 64 } as const } }
            : {}),
        },
      ],
    },
    { signal },
  );
}

/**
 * The MP4 file so many times slower: with fewer ticks to a second, in the film's header and in its track's, every time
 * in it is longer (ISO/IEC 14496-12, `mvhd` and `mdhd` of version 0).
 */
function slowed(film: Buffer, times: number): Buffer {
  const slow = Buffer.from(film);
  for (const header of ['mvhd', 'mdhd']) {
    const ticksAt = slow.indexOf(header, 'latin1') + 16;
    slow.writeUInt32BE(Math.round(slow.readUInt32BE(ticksAt) / times), ticksAt);
  }
  return slow;
}

/** An MP4 box that players pass over (ISO/IEC 14496-12, `free`), so that no two films are the same bytes. */
function markOf(taskId: string): Buffer {
  const mark = Buffer.alloc(40);
  mark.writeUInt32BE(40, 0);
  mark.write('free', 4, 'latin1');
  createHash('sha256').update(taskId).digest().copy(mark, 8);
  return mark;
}
