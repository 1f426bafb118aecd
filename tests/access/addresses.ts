import { z } from 'zod';
import type { SeededAccount } from '../harness/seed-account.ts';

/** The address of an operation with somebody's things in it. */

const NAMED = /\{(\w+)\}/g;

/** Which table holds what `{id}` names, by the word before it. */
const TABLE_OF: Readonly<Record<string, string>> = {
  ...{ videos: 'videos', renders: 'renders', uploads: 'uploads', transcripts: 'transcripts' },
  ...{ events: 'events', 'webhook-endpoints': 'webhook_endpoints' },
  ...{ keys: 'api_keys', sessions: 'sessions', exports: 'exports' },
};

/** The names in a path that name a thing of somebody. */
export function thingsIn(path: string): readonly string[] {
  return [...path.matchAll(NAMED)].flatMap(([, name = '']) =>
    ['file', 'token'].includes(name) ? [] : [name],
  );
}

/** The path with the things of whoever `ownerOf` says each belongs to. */
export function addressOf(path: string, ownerOf: (name: string) => SeededAccount): string {
  return path.replaceAll(NAMED, (_, name: string, at: number) => {
    const before = path.slice(0, at).split('/').at(-2) ?? '';
    if (name === 'token') return '0'.repeat(32);
    if (name === 'file') return path.startsWith('/v1/renders/') ? 'film.mp4' : 'srt';
    if (name === 'scene_id') return idOf(ownerOf(name), 'scenes', 'scene_id');
    if (name === 'take_id') return idOf(ownerOf(name), 'takes', 'id');
    if (before === 'accounts') return ownerOf(name).id;
    if (before === 'dead-letters') return uncertainPurchaseOf(ownerOf(name));
    const table = TABLE_OF[before];
    if (table === undefined) throw new Error(`Nothing is known of {${name}} in ${path}.`);
    return idOf(ownerOf(name), table, 'id');
  });
}

function uncertainPurchaseOf({ rows }: SeededAccount): string {
  return z.string().parse(rows['purchases']?.find(({ status }) => status === 'uncertain')?.['id']);
}

function idOf({ rows }: SeededAccount, table: string, column: string): string {
  return z.string().parse(rows[table]?.[0]?.[column]);
}
