import { makeClient } from '../../../client/client.ts';
import type { Config } from '../../platform/config.ts';
import { reportRemoteProblem } from './make.ts';

/** `clipt cancel` on another installation. */
export async function cancelRemotely(
  id: string,
  json: boolean,
  { url, apiKey }: NonNullable<Config['remote']>,
): Promise<void> {
  try {
    const answer = await makeClient({ baseUrl: url, apiKey }).cancelVideo(id);
    const text = `${answer.will_stop} steps stop; what is finished is kept.`;
    process.stdout.write(`${json ? JSON.stringify(answer) : text}\n`);
  } catch (error) {
    process.exitCode = reportRemoteProblem(error);
  }
}
