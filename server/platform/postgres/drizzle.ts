import { createRequire } from 'node:module';

/**
 * The query builder, loaded as CommonJS: every import of it in clipt goes through here.
 *
 * The package's package.json is 180 KB, and Node reads it again for each of the package's many ES
 * modules: 550 ms of CPU at every start, against 75 ms this way (Node 24.21, drizzle-orm 0.45.4).
 */
const require = createRequire(import.meta.url);
const orm: typeof import('drizzle-orm') = require('drizzle-orm');
const core: typeof import('drizzle-orm/pg-core') = require('drizzle-orm/pg-core');
const nodePg: typeof import('drizzle-orm/node-postgres') = require('drizzle-orm/node-postgres');

export type { SQL } from 'drizzle-orm';
export type { AnyPgColumn } from 'drizzle-orm/pg-core';
export const { and, asc, desc, DrizzleQueryError, eq, gt, gte, inArray, lt, ne, or, sql } = orm;
export const {
  bigint,
  boolean,
  doublePrecision,
  integer,
  jsonb,
  PgDialect,
  pgSchema,
  pgTable,
  primaryKey,
  text,
  timestamp,
} = core;
/** Raw bytes, such as a hash. */
export const bytea = core.customType<{ data: Buffer }>({ dataType: () => 'bytea' });
export const { NodePgDatabase, NodePgSession, NodePgTransaction } = nodePg;
