import { z } from 'zod';
import type { Body } from '../body.ts';
import { Refused } from '../route.ts';
import { readContent } from './content.ts';
import {
  COMMON_FIELDS,
  type FilmModel,
  filmModel,
  nearestRatio,
  pixelSize,
  RATIOS,
  type Ratio,
  type Size,
} from './models.ts';

/** A film as it was ordered and will be made. */
export type Order = {
  readonly model: string;
  readonly prompt: string;
  readonly seconds: number;
  readonly ratio: Ratio;
  readonly resolution: string;
  readonly size: Size;
  readonly seed: number;
  readonly audio: boolean;
  readonly wantsLastFrame: boolean;
  readonly callbackUrl: string | null;
  readonly tier: 'default' | 'flex';
  /** Seconds. */
  readonly expiresAfter: number;
  readonly draft: boolean;
  readonly priority: number;
};

const settings = z.object({
  ratio: z.enum([...RATIOS, 'adaptive']).optional(),
  resolution: z.string().optional(),
  duration: z.int().optional(),
  frames: z.int().min(25).max(289).optional(),
  seed: z.int().min(-1).max(0xffff_ffff).optional(),
  generate_audio: z.boolean().optional(),
  watermark: z.boolean().optional(),
  return_last_frame: z.boolean().optional(),
  callback_url: z.url({ protocol: /^https?$/ }).optional(),
  service_tier: z.enum(['default', 'flex']).optional(),
  execution_expires_after: z.int().min(3_600).max(259_200).optional(),
  priority: z.int().min(0).max(9).optional(),
  camera_fixed: z.boolean().optional(),
  draft: z.boolean().optional(),
  output_format: z.enum(['mp4', 'mov']).optional(),
  safety_identifier: z.string().max(64).optional(),
  tools: z.array(z.strictObject({ type: z.literal('web_search') })).optional(),
});
type Settings = z.infer<typeof settings>;

const DAYS_2_IN_S = 172_800;
const CHOSEN_SECONDS = 5;

/**
 * The order in the body of a create-task request, by the rules of the vendor's page: what a model does not take is
 * refused, not ignored. Throws `Refused`.
 */
export async function readOrder(
  body: Body,
  closedModels: readonly string[],
  signal: AbortSignal,
): Promise<Order> {
  const given = objectOf(body);
  const name = given['model'];
  if (typeof name !== 'string' || name === '') throw missing('model');
  const model = filmModel(name);
  if (!model) {
    const message = `The model or endpoint ${name} does not exist.`;
    throw new Refused(404, 'InvalidEndpointOrModel.NotFound', message);
  }
  if (closedModels.includes(name)) {
    throw new Refused(404, 'ModelNotOpen', `The model ${name} has not been activated.`);
  }
  if (given['content'] === undefined) throw missing('content');
  refuseOthers(given, model, name);
  const content = await readContent(given['content'], model, signal);
  const read = settings.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const param = issue?.path.join('.') ?? '';
    throw new Refused(400, 'InvalidParameter', `${param}: ${issue?.message}`, param);
  }
  const chosen = { ...read.data, ...content.flags };
  const seconds = secondsOf(chosen, model);
  const resolution = resolutionOf(chosen, model);
  const ratio = ratioOf(chosen, model, content);
  return {
    ...{ model: name, prompt: content.text, seconds, ratio, resolution },
    size: pixelSize(name, resolution, ratio),
    seed: chosen.seed === undefined || chosen.seed === -1 ? randomSeed() : chosen.seed,
    audio: model.takes.includes('generate_audio') && chosen.generate_audio !== false,
    wantsLastFrame: chosen.return_last_frame ?? false,
    callbackUrl: chosen.callback_url ?? null,
    tier: chosen.service_tier ?? 'default',
    expiresAfter: chosen.execution_expires_after ?? DAYS_2_IN_S,
    draft: chosen.draft ?? false,
    priority: chosen.priority ?? 0,
  };
}

function objectOf(body: Body): Record<string, unknown> {
  const read = z
    .record(z.string(), z.unknown())
    .safeParse(body.kind === 'json' ? body.value : undefined);
  if (!read.success) throw new Refused(400, 'InvalidParameter', 'The body is no JSON object.');
  return read.data;
}

function refuseOthers(given: Record<string, unknown>, model: FilmModel, name: string): void {
  for (const field of Object.keys(given)) {
    if (COMMON_FIELDS.includes(field) || model.takes.includes(field)) continue;
    const message = `The parameter ${field} is not supported for model ${name}, it must be empty.`;
    throw new Refused(400, 'InvalidParameter.UnsupportedParameter', message, field);
  }
}

function secondsOf({ duration, frames }: Settings, model: FilmModel): number {
  // Frames win over seconds, and come in steps of four.
  if (frames !== undefined) {
    if ((frames - 25) % 4 !== 0) throw outside('frames');
    return (frames - 1) / 24;
  }
  const { min, max, chooses } = model.seconds;
  const seconds = duration ?? model.usualSeconds;
  if (seconds === -1 && chooses) return Math.max(min, CHOSEN_SECONDS);
  if (seconds < min || seconds > max) throw outside('duration');
  return seconds;
}

function resolutionOf({ resolution }: Settings, model: FilmModel): string {
  const wanted = (resolution ?? model.usualResolution).toLowerCase();
  if (!model.resolutions.includes(wanted)) throw outside('resolution');
  return wanted;
}

function ratioOf(
  { ratio }: Settings,
  model: FilmModel,
  { hasFrames, picture }: { readonly hasFrames: boolean; readonly picture: Size | null },
): Ratio {
  const isFixed = ratio !== undefined && ratio !== 'adaptive';
  if (isFixed && hasFrames && model.framesSetRatio) throw outside('ratio');
  if (isFixed) return ratio;
  return picture ? nearestRatio(picture) : '16:9';
}

const missing = (name: string) =>
  new Refused(400, 'MissingParameter', `The parameter ${name} is missing.`, name);
const outside = (name: string) =>
  new Refused(400, 'InvalidParameter', `The parameter ${name} is not valid.`, name);

const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);
