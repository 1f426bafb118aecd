import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../platform/config.ts';
import { silentLog } from '../platform/log.ts';
import { asProblem } from '../platform/problem.ts';
import { EXIT, reportProblem } from './exit.ts';

/** A process that should have ended waits no longer for Sentry. */
const REPORT_MS = 2_000;

/**
 * The last line of defence: what escapes everything else, promises that nobody looks after among it, still ends the process
 * in one sentence, and is reported as every other fault of ours: by its code.
 */
export function endOnEscape(settings: () => Pick<Config, 'telemetry'>): void {
  let isEnding = false;
  process.on('uncaughtException', (error) => {
    if (isEnding) return;
    isEnding = true;
    const status = reportProblem(error, process.env['CLIPT_LOG'] === 'debug');
    const reported = status === EXIT.failed ? report(error, settings) : Promise.resolve();
    reported.catch(() => undefined).finally(() => process.exit(status));
  });
}

async function report(error: unknown, settings: () => Pick<Config, 'telemetry'>): Promise<void> {
  const { sentryDsn } = settings().telemetry;
  if (sentryDsn === null) return;
  await Promise.race([delay(REPORT_MS), sendTo(sentryDsn, error)]);
}

async function sendTo(sentryDsn: string, error: unknown): Promise<void> {
  const { openTelemetry } = await import('../telemetry/telemetry.ts');
  const telemetry = openTelemetry({ sentryDsn, postHog: null }, silentLog);
  telemetry.log.error('process.failed', { code: asProblem(error).code });
  await telemetry.close();
}
