import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Problem } from '../problem.ts';

/** The query of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional().meta({ description: 'The `next_cursor` of the page before' }),
});

export type Page = {
  readonly data: readonly unknown[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
};

/** The wire shape of a page of such items. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .strictObject({
      data: z.array(item),
      next_cursor: z.string().nullable(),
      has_more: z.boolean(),
    })
    .meta({ id });
}

/** 128 bits: nobody guesses those, and a cursor stays short. */
const MAC_BYTES = 16;

/**
 * Pages over lists whose ids are in the order of time, newest first. A cursor names the last id that was shown
 * and its list, signed: the first secret signs, all verify.
 */
export function makePager(secrets: readonly string[]) {
  const [first] = secrets;
  if (!first) throw new TypeError('Cursors are signed with a secret, and there is none.');
  const mac = (secret: string, text: string) =>
    createHmac('sha256', secret).update(`clipt-cursor-v1\n${text}`).digest().subarray(0, MAC_BYTES);

  return {
    /** The last id seen, or null for the first page; throws `invalid_cursor`. */
    read(cursor: string | undefined, list: string): string | null {
      if (cursor === undefined) return null;
      const [text = '', given = ''] = cursor.split('.');
      const bytes = Buffer.from(given, 'base64url');
      const signed =
        bytes.length === MAC_BYTES &&
        bytes.toString('base64url') === given &&
        secrets.map((secret) => timingSafeEqual(mac(secret, text), bytes)).includes(true);
      if (!signed || cursor.split('.').length !== 2) throw new InvalidCursor();
      const [named, id] = Buffer.from(text, 'base64url').toString().split('\n');
      if (named !== list || !id) throw new InvalidCursor();
      return id;
    },

    /** `rows` newest first, fetched with one more than `limit`. */
    answer<Row>(
      rows: readonly Row[],
      limit: number,
      list: string,
      idOf: (row: Row) => string,
      present: (row: Row) => unknown,
    ): Page {
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const more = rows.length > limit && last !== undefined;
      return {
        data: shown.map(present),
        next_cursor: more ? write(list, idOf(last), first) : null,
        has_more: more,
      };
    },
  };

  function write(list: string, id: string, secret: string): string {
    const text = Buffer.from(`${list}\n${id}`).toString('base64url');
    return `${text}.${mac(secret, text).toString('base64url')}`;
  }
}

export type Pager = ReturnType<typeof makePager>;

class InvalidCursor extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'invalid_cursor',
      status: 400,
      message: 'The cursor is not one of this list.',
      action: 'Use the next_cursor of the page before as it came, or leave it out.',
    });
  }
}
