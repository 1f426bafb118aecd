/** What is kept of people, and what they may ask of it: the front door of the capability. */
export { makeAccountDeletion } from './account-deletion.ts';
export { type Exports, makeExports } from './exports.ts';
export { makeImports } from './imports.ts';
export { exportBell } from './jobs.ts';
export { makeOrphanSweep } from './orphans.ts';
export { makePurge, type Purge, type Purged } from './purge.ts';
