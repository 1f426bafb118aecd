import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { onInterrupt } from './interrupt.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const announcement = z.looseObject({ env: z.record(z.string(), z.string()) });
/** Uncertain orders are settled quickly where the vendor is a stand-in. */
const QUICK = { ARK_LOOKS_AFTER: '1,2,3' };

/**
 * `clipt dev`: the service on vendors standing in (real films and speech, nothing paid), started anew whenever a source
 * changes.
 */
export async function devCommand(): Promise<void> {
  const interrupt = onInterrupt();
  const vendors = spawn(
    process.execPath,
    [join(ROOT, 'stand-ins', 'main.ts'), '--footage', 'drawn', '--speech', 'spoken'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = await once(createInterface(vendors.stdout), 'line');
    const { env } = announcement.parse(JSON.parse(String(line)));
    const service = spawn(
      process.execPath,
      ['--watch-path', join(ROOT, 'server'), join(ROOT, 'server', 'cli', 'main.ts'), 'start'],
      { stdio: 'inherit', env: { ...QUICK, ...env, ...process.env } },
    );
    interrupt.signal.addEventListener('abort', () => service.kill('SIGTERM'), { once: true });
    await once(service, 'exit');
  } finally {
    vendors.kill('SIGTERM');
    interrupt.end();
  }
}
