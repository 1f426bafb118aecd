import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { asService } from './as-service.ts';
import { onInterrupt } from './interrupt.ts';

/** `clipt worker`: runs steps until it is told to stop, then gives back what it holds. */
export async function workerCommand(config: Config): Promise<void> {
  const interrupt = onInterrupt();
  try {
    await using clipt = await openClipt(asService(config));
    await clipt.startWorker();
    process.stderr.write('Working. Ctrl-C stops.\n');
    await new Promise<void>((resolve) => {
      if (interrupt.signal.aborted) resolve();
      else interrupt.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    interrupt.end();
  }
}
