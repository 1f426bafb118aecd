import { z } from 'zod';
import { FORMATS } from '../../../media/formats.ts';

/** What is kept of an order, so that it can be filmed after a restart too. */
export const clipOrder = z.object({
  prompt: z.string().max(4_000),
  seconds: z.number().min(1).max(60),
  format: z.enum(FORMATS),
  seed: z.int(),
  /** Drawn from words alone: a picture to begin with, or to look like, is refused. */
  firstFrame: z.null().default(null),
  references: z.array(z.string()).max(0).default([]),
  wantsLastFrame: z.boolean().default(false),
});

/** What the child is told to draw, and where. */
export const drawOrder = z.object({
  request: clipOrder,
  file: z.string(),
  /** Absolute path of a system ffmpeg; null for the engine in the npm package. */
  ffmpegPath: z.string().nullable(),
});

/** Kept beside a clip that could not be filmed. */
export const clipFailure = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
});

export const clipCost = z.object({ cpuMs: z.number() });
