import { z } from 'zod';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { isId } from '../platform/ids.ts';
import { UsageError } from './exit.ts';

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
    await cancelRemotely(video, json, config.remote);
    return;
  }
  await using clipt = await openClipt(config);
  const answer = await clipt.videos.cancel(await clipt.owner(), video);
  const report = { will_stop: answer.willStop, cannot_stop: answer.cannotStop };
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`${answer.willStop} steps stop; what is finished is kept.\n`);
}
