import type { IncomingHttpHeaders } from 'node:http';

/** A file of a form, as it is remembered: its bytes are not. */
export type FileNote = {
  readonly field: string;
  readonly name: string | null;
  readonly type: string;
  readonly sizeBytes: number;
  readonly sha256: string;
};

/** The body of a request, as it is remembered. Texts of more than 20,000 characters are cut. */
export type BodyNote =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  | {
      readonly kind: 'form';
      readonly fields: readonly (readonly [string, string])[];
      readonly files: readonly FileNote[];
    }
  | { readonly kind: 'other'; readonly sizeBytes: number };

export type JournalEntry = {
  readonly id: number;
  readonly at: string;
  /** Name of the route; null where nothing of the vendor's is. */
  readonly route: string | null;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: BodyNote;
  /** Kinds of the faults that struck. */
  readonly faults: readonly string[];
  /** Of the answer; null while there is none. */
  status: number | null;
  /** True once the whole answer was handed to the network while the client was still connected. */
  answered: boolean;
  /** How the stand-in itself failed, which is its own fault and no test's. */
  crash: string | null;
};

/** Something that costs money at the vendor. Equal wishes have equal keys, so two of a key are one bought twice. */
export type Purchase = {
  readonly id: string;
  readonly key: string;
  readonly at: string;
  readonly details: Readonly<Record<string, string | number | null>>;
  /** The entry of the request that bought it. */
  readonly entry: number;
  /** As of the entry: false when the buyer may not know of it. */
  readonly answered: boolean;
};

/** The oldest go first. */
const MOST_ENTRIES = 50_000;
const MOST_CHARACTERS = 20_000;

export type Journal = {
  readonly entries: readonly JournalEntry[];
  readonly purchases: readonly Purchase[];
  /** Of a route, oldest first. */
  of(route: string): readonly JournalEntry[];
  /** Requests by route and, behind a colon, by status: `create-task`, `create-task:200`. */
  counts(): Readonly<Record<string, number>>;
  /** How often each key was bought. */
  bought(): Readonly<Record<string, number>>;
  clear(): void;
};

export type OpenJournal = Journal & {
  write(entry: Omit<JournalEntry, 'id' | 'status' | 'answered' | 'crash'>): JournalEntry;
  buy(entry: JournalEntry, purchase: Pick<Purchase, 'id' | 'key' | 'details'>): void;
};

export function makeJournal(): OpenJournal {
  let entries: JournalEntry[] = [];
  let purchases: { entry: JournalEntry; purchase: Omit<Purchase, 'answered'> }[] = [];
  let lastId = 0;

  return {
    get entries() {
      return entries;
    },
    get purchases() {
      return purchases.map(({ entry, purchase }) => ({ ...purchase, answered: entry.answered }));
    },
    of: (route) => entries.filter((entry) => entry.route === route),
    counts: () =>
      tally(
        entries.flatMap(({ route, status }) => {
          const name = route ?? 'unknown';
          return status === null ? [name] : [name, `${name}:${status}`];
        }),
      ),
    bought: () => tally(purchases.map(({ purchase }) => purchase.key)),
    clear() {
      entries = [];
      purchases = [];
    },
    write(noted) {
      lastId += 1;
      const entry: JournalEntry = {
        ...noted,
        id: lastId,
        status: null,
        answered: false,
        crash: null,
      };
      entries.push(entry);
      if (entries.length > MOST_ENTRIES) entries.shift();
      return entry;
    },
    buy(entry, purchase) {
      const at = new Date().toISOString();
      purchases.push({ entry, purchase: { ...purchase, at, entry: entry.id } });
    },
  };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** A JSON value with its long texts cut, such as pictures written as text. */
export function shortened(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= MOST_CHARACTERS ? value : `${value.slice(0, 64)}… (${value.length})`;
  }
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shortened(one)]));
}
