import { AV_LOG_ERROR, AV_PIX_FMT_RGBA } from 'node-av/constants';
import { type FilterContext, FilterGraph, Frame, Log } from 'node-av/lib';
import { verifyFilm } from '../deliver.ts';
import { mediaFailed } from '../errors.ts';
import type { FrameWriter, FrameWriterOptions } from '../frames.ts';
import { RGBA_TO_FILM } from '../graph.ts';
import type { VideoEncoding } from '../media.ts';
import { handed, succeed } from './av.ts';
import { openX264 } from './encoder.ts';
import { EncodedTrack, OutputFile } from './output.ts';

type H264 = Extract<VideoEncoding, { codec: 'h264' }>;

/** A frame writer on the engine's library in this process. */
export function openNodeAvFrames(
  { file, size, fps }: FrameWriterOptions,
  encoding: H264,
): FrameWriter {
  Log.setLevel(AV_LOG_ERROR);
  const converter = openConverter(size, fps);
  const output = new OutputFile(file, 'mp4');
  const encoder = openX264(encoding, size);
  const into = output.addTrack((described) => described.fromContext(encoder), fps);
  const track = new EncodedTrack(encoder, into);
  output.start();
  const converted = new Frame();
  converted.alloc();
  let frames = 0;
  return {
    write: (rgba) =>
      failing(() => {
        const bytes = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
        const drawn = Frame.fromVideoBuffer(bytes, {
          ...size,
          format: AV_PIX_FMT_RGBA,
          timeBase: { num: 1, den: fps },
          pts: BigInt(frames),
        });
        succeed(converter.source.buffersrcAddFrameSync(drawn), 'convert a frame');
        drawn.free();
        if (handed(converter.sink.buffersinkGetFrameSync(converted), 'convert a frame') !== 'one')
          throw new Error('a frame got lost on its way to the encoder');
        converted.pts = BigInt(frames);
        frames += 1;
        track.encode(converted);
        converted.unref();
      }),
    close: async () => {
      await failing(() => {
        track.encode(null);
        output.finish();
      });
      await verifyFilm(file, { frames, fps, sound: false });
      return { frames };
    },
    // The process that draws ends soon after, and everything of ours with it.
    abort: () => converter.close(),
  };
}

type Converter = {
  readonly source: FilterContext;
  readonly sink: FilterContext;
  close(): void;
};

function openConverter({ width, height }: FrameWriterOptions['size'], fps: number): Converter {
  const filters = new FilterGraph();
  filters.alloc();
  const from = `buffer@in=video_size=${width}x${height}:pix_fmt=rgba:time_base=1/${fps}:colorspace=gbr:range=pc`;
  succeed(filters.parsePtr(`${from},${RGBA_TO_FILM},buffersink@out`), 'read the graph');
  succeed(filters.configSync(), 'set up the graph');
  const [source, sink] = [filters.getFilter('buffer@in'), filters.getFilter('buffersink@out')];
  if (!source || !sink) throw mediaFailed('could not set up its converter');
  return { source, sink, close: () => filters.free() };
}

async function failing(work: () => void): Promise<void> {
  try {
    work();
  } catch (error) {
    throw mediaFailed('could not write the drawn frames', error);
  }
}
