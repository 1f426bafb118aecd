import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['tests/harness/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // One more than two cores: much of what is checked waits, for processes to start and for time to pass.
    maxWorkers: 3,
  },
});
