import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBX264,
  FF_ENCODER_MJPEG,
  FF_ENCODER_PCM_S16LE,
  FF_ENCODER_PNG,
  FF_QP2LAMBDA,
  type FFEncoderCodec,
} from 'node-av/constants';
import { Codec, CodecContext, type FilterContext, Rational } from 'node-av/lib';
import type { AudioEncoding, VideoEncoding } from '../media.ts';
import { encoderThreads, x264Params } from '../x264.ts';
import { setOptions, succeed } from './av.ts';

type H264 = Extract<VideoEncoding, { codec: 'h264' }>;
type Still = Exclude<VideoEncoding, H264>;
type Size = { readonly width: number; readonly height: number };

/** An x264 encoder for yuv420p bt709 frames numbered 0, 1, 2 … */
export function openX264(encoding: H264, { width, height }: Size): CodecContext {
  const { codec, context } = encoderNamed(FF_ENCODER_LIBX264);
  context.width = width;
  context.height = height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.sampleAspectRatio = new Rational(1, 1);
  context.timeBase = new Rational(1, encoding.fps);
  context.framerate = new Rational(encoding.fps, 1);
  context.threadCount = encoderThreads();
  context.colorRange = AVCOL_RANGE_MPEG;
  context.colorSpace = AVCOL_SPC_BT709;
  context.colorPrimaries = AVCOL_PRI_BT709;
  context.colorTrc = AVCOL_TRC_BT709;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  setOptions(context, {
    preset: encoding.preset,
    crf: String(encoding.crf),
    profile: 'high',
    'x264-params': x264Params(encoding),
  });
  succeed(context.open2Sync(codec, null), 'open x264');
  return context;
}

export function openPictureEncoder(encoding: VideoEncoding, sink: FilterContext): CodecContext {
  const size = { width: sink.buffersinkGetWidth(), height: sink.buffersinkGetHeight() };
  return encoding.codec === 'h264' ? openX264(encoding, size) : openStill(encoding, size);
}

function openStill(encoding: Still, { width, height }: Size): CodecContext {
  const isJpeg = encoding.codec === 'jpeg';
  const { codec, context } = encoderNamed(isJpeg ? FF_ENCODER_MJPEG : FF_ENCODER_PNG);
  context.width = width;
  context.height = height;
  // What `finishGraph` ends in.
  context.pixelFormat = isJpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_RGB24;
  context.timeBase = new Rational(1, 1);
  if (encoding.codec === 'jpeg') {
    context.colorRange = AVCOL_RANGE_JPEG;
    context.setFlags(AV_CODEC_FLAG_QSCALE);
    context.globalQuality = encoding.quality * FF_QP2LAMBDA;
  }
  succeed(context.open2Sync(codec, null), `open ${encoding.codec}`);
  return context;
}

export function openSoundEncoder(encoding: AudioEncoding, sink: FilterContext): CodecContext {
  const isAac = encoding.codec === 'aac';
  const { codec, context } = encoderNamed(isAac ? FF_ENCODER_AAC : FF_ENCODER_PCM_S16LE);
  context.sampleRate = sink.buffersinkGetSampleRate();
  context.sampleFormat = isAac ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
  context.channelLayout = sink.buffersinkGetChannelLayout();
  context.timeBase = new Rational(1, context.sampleRate);
  if (encoding.codec === 'aac') {
    context.bitRate = BigInt(encoding.bitrateKbps * 1000);
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  }
  succeed(context.open2Sync(codec, null), `open ${encoding.codec}`);
  return context;
}

function encoderNamed(name: FFEncoderCodec): { codec: Codec; context: CodecContext } {
  const codec = Codec.findEncoderByName(name);
  if (!codec) throw new Error(`the engine lacks the encoder ${name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  return { codec, context };
}
