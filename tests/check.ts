/**
 * The whole check, as `./clipt test` runs it: sets up what the checks need, then format, lint, types,
 * dependency rules, unused code, and every test. Ends with one line `N passed, N failed`.
 *
 * `./clipt test server/compose` runs the static checks and only the tests below those paths.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

/** Programs that only the checks need, by the Debian package that carries them. */
const DEBIAN_PROGRAMS = {
  ffmpeg: 'ffmpeg',
  chromium: 'chromium',
  'redis-server': 'redis-server',
} as const;

const STATIC_CHECKS: readonly { name: string; command: string; args: readonly string[] }[] = [
  { name: 'format and lint', command: bin('biome'), args: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', command: bin('tsc'), args: ['-p', '.'] },
  {
    name: 'dependency rules',
    command: bin('depcruise'),
    args: [
      '--config',
      '.dependency-cruiser.json',
      'server',
      'client',
      'stand-ins',
      'tests',
      'bench',
    ],
  },
  { name: 'unused code', command: bin('knip'), args: ['--no-progress'] },
  { name: 'launcher syntax', command: 'sh', args: ['-n', 'clipt'] },
];

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numFailedTestSuites: z.number(),
  numPendingTests: z.number(),
});

type Tally = { passed: number; failed: number; skipped: number };

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

function installDebianPrograms(): void {
  const missing = Object.entries(DEBIAN_PROGRAMS).filter(([program]) => !has(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (!has('apt-get') || process.getuid?.() !== 0) {
    console.error(`Not found: ${packages.join(', ')}. Tests that need them are skipped.`);
    return;
  }
  console.error(`Installing for the checks: ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Runs a command in the project's folder; its output is shown as it comes. */
function run(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}` },
    });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

async function runStaticChecks(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of STATIC_CHECKS) {
    const ok = await run(check.command, check.args);
    console.log(`${ok ? '✓' : '✗'} ${check.name}`);
    if (ok) tally.passed += 1;
    else tally.failed += 1;
  }
  return tally;
}

async function runTests(paths: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'clipt-check-'));
  const reportFile = join(folder, 'report.json');
  try {
    const ok = await run(bin('vitest'), [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...paths,
    ]);
    const report = vitestReport.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
    // A file that fails to load counts no test, and must still fail the check.
    const failed = Math.max(report.numFailedTests, ok ? 0 : 1);
    return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
  } catch (error) {
    console.error(
      `The test runner left no report: ${error instanceof Error ? error.name : 'unknown'}`,
    );
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

installDebianPrograms();
const tallies = [await runStaticChecks(), await runTests(process.argv.slice(2))];
const total = (field: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[field], 0);
const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : '';
console.log(`${total('passed')} passed, ${total('failed')} failed${skipped}`);
process.exitCode = total('failed') === 0 ? 0 : 1;
