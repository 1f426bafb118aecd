/** What is kept of people, and what they may ask of it: the front door of the capability. */
export { type Exports, makeExports } from './exports.ts';
export { exportBell } from './jobs.ts';
