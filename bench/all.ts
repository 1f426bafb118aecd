/** Runs every bench in turn and prints their JSON as one list: `npm run bench`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const BENCHES = [
  'moderation.ts',
  'engine.ts',
  'composition.ts',
  'make.ts',
  'service.ts',
  'vendors.ts',
  'flat.ts',
];

const results: unknown[] = [];
for (const name of BENCHES) {
  process.stderr.write(`${name} …\n`);
  const child = spawn(process.execPath, [join(import.meta.dirname, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout);
  try {
    results.push(JSON.parse(output));
  } catch {
    results.push({ bench: name, failed: true });
    process.exitCode = 1;
  }
}
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
