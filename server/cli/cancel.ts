import { z } from 'zod';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { isId } from '../platform/ids.ts';
import type { cancelSchema } from '../videos/api-contract.ts';
import { UsageError } from './exit.ts';

/** What stops, what cannot be stopped any more, and what that means for credits. */
type Canceled = z.infer<typeof cancelSchema>;

const optionsSchema = z.object({ json: z.boolean().default(false) });

/** `clipt cancel`: stops a run, wherever it runs, and says what stops and what cannot. */
export async function cancelCommand(
  video: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { json } = optionsSchema.parse(rawOptions);
  if (!isId('vid', video)) throw new UsageError('A video id looks like vid_… (see make --json).');
  if (config.remote) {
    const { cancelRemotely } = await import('./remote/cancel.ts');
    const canceled = await cancelRemotely(video, config.remote);
    if (canceled) print(canceled, json);
    return;
  }
  await using clipt = await openClipt(config);
  const answer = await clipt.videos.cancel(await clipt.owner(), video);
  print(
    {
      will_stop: answer.willStop,
      cannot_stop: answer.cannotStop,
      credits_released: answer.creditsReleased,
      credits_settled: answer.creditsSettled,
    },
    json,
  );
}

function print(canceled: Canceled, json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(canceled) : describe(canceled)}\n`);
}

function describe({ will_stop, cannot_stop }: Canceled): string {
  const stopped = `${will_stop} steps stop; what is finished is kept.`;
  if (cannot_stop === 0) return stopped;
  return `${stopped} ${cannot_stop} clips go on being filmed, and are kept if they arrive.`;
}
