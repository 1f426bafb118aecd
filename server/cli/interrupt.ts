import { EXIT } from './exit.ts';

/** How long everything has to stop after Ctrl-C before the process ends regardless. */
const GRACE_MS = 1_800;

/**
 * Turns the first Ctrl-C (or SIGTERM, SIGHUP) into an aborted signal, so that work is given back; the second, or
 * the end of the grace, ends the process at once.
 */
export function onInterrupt(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    end() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
