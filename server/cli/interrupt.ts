import { EXIT } from './exit.ts';

/** How long a command has to stop after Ctrl-C before the process ends regardless. */
const USUAL_GRACE_MS = 1_800;

/**
 * Turns the first Ctrl-C (or SIGTERM, SIGHUP) into an aborted signal, so that work is given back; the second, or
 * the end of the grace, ends the process at once.
 */
export function onInterrupt(graceMs = USUAL_GRACE_MS): {
  readonly signal: AbortSignal;
  end(): void;
} {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    setTimeout(() => process.exit(EXIT.interrupted), graceMs).unref();
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
