import type { Config } from '../platform/config.ts';

/** Settings of a process that stays: it logs what goes wrong, where a command that ends says so itself. */
export const asService = (config: Config): Config => ({
  ...config,
  logLevel: config.logLevel ?? 'warn',
});
