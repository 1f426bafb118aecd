import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
const versions = z.record(z.string(), z.string());
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const { dependencies, devDependencies, optionalDependencies } = z
  .object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions })
  .parse(read('package.json'));

test('every dependency is pinned to one version', () => {
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});

test('Auth.js is no older than the release that mended its last known faults', () => {
  const [major = 0, minor = 0, patch = 0] = (dependencies['@auth/core'] ?? '')
    .split('.')
    .map(Number);
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(41_003);
});

const auditReport = z.object({
  metadata: z.object({ vulnerabilities: z.object({ high: z.number(), critical: z.number() }) }),
});

test('no package that is served with has a known fault of high or critical severity', ({
  skip,
}) => {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    ...{ cwd: ROOT, encoding: 'utf8', timeout: 60_000 },
  });
  const report = auditReport.safeParse(parseJson(stdout));
  // A mirror or a machine without a network cannot be asked for advisories.
  if (!report.success) return skip('The registry in use tells of no advisories.');
  const { high, critical } = report.data.metadata.vulnerabilities;
  expect({ high, critical }).toEqual({ high: 0, critical: 0 });
}, 90_000);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
