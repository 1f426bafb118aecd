import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject, vi } from 'vitest';
import type { JournalEntry } from '../../stand-ins/journal.ts';
import { formsOf } from '../harness/canary.ts';

/** Every place that something of a user's might come to, and what came there. */

type Journalled = { readonly journal: { readonly entries: readonly JournalEntry[] } };

export const requestsTo = ({ journal }: Journalled): string => JSON.stringify(journal.entries);

/** All that this process writes to its streams from now on. */
export function listenToLog() {
  const written: string[] = [];
  const take = (chunk: string | Uint8Array): boolean => {
    written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  };
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation(take),
    vi.spyOn(process.stdout, 'write').mockImplementation(take),
  ];
  return {
    text: () => written.join(''),
    stop() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

/** Every command that anybody sends to a Redis from now on. */
export async function listenToRedis(url: string) {
  const client = new Redis(url);
  const monitor = await client.monitor();
  const commands: string[] = [];
  monitor.on('monitor', (_time: string, args: readonly string[]) => {
    commands.push(JSON.stringify(args));
  });
  return {
    text: () => commands.join('\n'),
    stop() {
      monitor.disconnect();
      client.disconnect();
    },
  };
}

/** What the PostgreSQL of the tests has logged. */
export async function postgresLog(): Promise<string> {
  const dataDir = inject('testDataDir');
  const names = await readdir(dataDir, { recursive: true });
  const logs = names.filter((name) => /postgres\.log(\.1)?$/.test(name));
  if (logs.length === 0) throw new Error('PostgreSQL has no log.');
  const texts = await Promise.all(logs.map((name) => readFile(join(dataDir, name), 'utf8')));
  return texts.join('\n');
}

/** True where the text is, in whatever form. */
export function holds(sink: string, text: string): boolean {
  return formsOf(text).some((form) => sink.includes(form));
}
