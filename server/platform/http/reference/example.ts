import { type Components, formsOf, nameOf, resolve, type Schema } from './schema.ts';

const TIME = '2026-11-26T09:30:00.000Z';
const MOST_DEPTH = 7;

/** Makes values that schemas describe, to show what one looks like. */
export function makeExamples(components: Components) {
  const known = exampleByName(components);

  /**
   * A schema's own example where it has one, else something plain. `requiredOnly` leaves out what may be left out, as one
   * would in a first request.
   */
  return function exampleOf(schema: Schema, { requiredOnly = false } = {}): unknown {
    return make(schema, [], '');

    function make(given: Schema, above: readonly string[], field: string): unknown {
      const said = saidBy(given);
      if (said !== undefined) return said;
      const form = formsOf(given)[0] ?? given;
      const name = nameOf(form);
      // A thing that holds others of its kind is shown without those.
      if (name !== null && above.includes(name)) return null;
      const own = resolve(form, components);
      const path = name === null ? [...above, ''] : [...above, name];
      if (path.length > MOST_DEPTH) return null;
      return own === form ? plain(own, path, field) : make(own, path, field);
    }

    function plain(schema: Schema, path: readonly string[], field: string): unknown {
      if (schema.enum) return schema.enum[0];
      switch ([schema.type ?? []].flat().find((type) => type !== 'null')) {
        case 'object':
          return object(schema, path);
        case 'array':
          return schema.items ? [make(schema.items, path, field)] : [];
        case 'string':
          return known.get(field) ?? text(schema, field);
        case 'integer':
          return Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1));
        case 'number':
          return number(schema);
        case 'boolean':
          return true;
        default:
          return null;
      }
    }

    function object({ properties = {}, required = [] }: Schema, path: readonly string[]): unknown {
      const all = Object.entries(properties);
      const needed = all.filter(([name]) => required.includes(name));
      // Where any one will do, the first says enough.
      const first = needed.length > 0 ? needed : all.slice(0, 1);
      const shown = requiredOnly ? first : all;
      return Object.fromEntries(shown.map(([name, schema]) => [name, make(schema, path, name)]));
    }
  };
}

function saidBy(schema: Schema): unknown {
  return schema.examples?.[0] ?? schema.example ?? schema.const ?? schema.default;
}

/** What texts of a name look like somewhere in the document, for the same name elsewhere. */
function exampleByName(components: Components): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const look = (name: string, schema: Schema): void => {
    for (const form of formsOf(schema)) {
      const said = saidBy(form) ?? saidBy(schema);
      const shown = typeof said === 'string' ? said : idOf(form.pattern);
      if (shown !== null && form.type === 'string' && !known.has(name)) known.set(name, shown);
      if (form.items) look(name, form.items);
      for (const [inner, own] of Object.entries(form.properties ?? {})) look(inner, own);
    }
  };
  for (const schema of Object.values(components)) look('', schema);
  // Each kind of thing has ids of its own.
  known.delete('id');
  return known;
}

/** An id that a pattern such as `^upl_[0-9a-f]{32}$` describes. */
function idOf(pattern: string | undefined): string | null {
  const [, prefix] = /^\^([a-z]+_)\[0-9a-f\]\{32\}\$$/.exec(pattern ?? '') ?? [];
  return prefix === undefined ? null : `${prefix}019ac0ffee7b7d0e9a41c3f2b5d68e17`;
}

function text({ format, pattern, minLength = 0 }: Schema, field: string): string {
  if (format === 'date-time' || field.endsWith('_at')) return TIME;
  if (format === 'uri' || field === 'url' || field.endsWith('_url')) return 'https://example.org/…';
  return idOf(pattern) ?? '…'.padEnd(Math.min(minLength, 8), '…');
}

function number({ minimum = 0, maximum }: Schema): number {
  if (maximum === undefined) return Math.max(minimum, 1);
  return Math.round(((minimum + maximum) / 2) * 100) / 100;
}
