import { makeClient } from '../../../client/client.ts';
import type { Config } from '../../platform/config.ts';
import { onInterrupt } from '../interrupt.ts';
import { reportRemoteProblem } from './report-problem.ts';

/** `clipt cancel` on another installation; null when it refused, which then has been said. */
export async function cancelRemotely(id: string, { url, apiKey }: NonNullable<Config['remote']>) {
  const interrupt = onInterrupt();
  try {
    return await makeClient({ baseUrl: url, apiKey }).cancelVideo(id, interrupt.signal);
  } catch (error) {
    process.exitCode = reportRemoteProblem(error);
    return null;
  } finally {
    interrupt.end();
  }
}
