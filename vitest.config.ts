import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['tests/harness/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the encoders wait for one another.
    maxWorkers: 2,
  },
});
