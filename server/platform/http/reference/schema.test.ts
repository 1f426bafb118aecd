import { describe, expect, test } from 'vitest';
import { makeExamples } from './example.ts';
import { boundsOf, choicesOf, type Schema, typeInWords } from './schema.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const nullType: Schema = { type: 'null' };

test.each<[Schema, string]>([
  [{ type: 'string' }, 'string'],
  [{ type: 'string', format: 'date-time' }, 'time'],
  [{ type: ['number', 'null'] }, 'number or null'],
  [{ anyOf: [{ type: 'integer' }, nullType] }, 'integer or null'],
  [{ anyOf: [ref('Thing'), { type: 'string' }] }, 'Thing or string'],
  [{ type: 'array', items: ref('Thing') }, 'list of Thing'],
  [{ type: 'array', items: { type: 'string' } }, 'list of strings'],
  [{ type: 'object', additionalProperties: true }, 'map'],
  [{ const: 'x' }, 'string'],
  [{}, 'anything'],
])('%j is said as %s', (schema, words) => {
  expect(typeInWords(schema)).toBe(words);
});

test.each<[Schema, string[]]>([
  [{ type: 'string', minLength: 1, maxLength: 2000 }, ['1–2,000 characters']],
  [{ type: 'string', maxLength: 5 }, ['at most 5 characters']],
  [{ type: 'number', minimum: 0, maximum: 1, default: 0.5 }, ['0–1', 'default 0.5']],
  [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, []],
  [{ type: 'array', minItems: 2, maxItems: 2 }, ['exactly 2 items']],
  [{ anyOf: [{ type: 'integer', minimum: 3 }, nullType] }, ['at least 3']],
])('the bounds of %j are %j', (schema, bounds) => {
  expect(boundsOf(schema)).toEqual(bounds);
});

test('choices are found in lists and beside null', () => {
  expect(choicesOf({ anyOf: [{ enum: ['a', 'b'] }, nullType] })).toEqual(['a', 'b']);
  expect(choicesOf({ type: 'array', items: { enum: [1] } })).toEqual(['1']);
});

describe('an example', () => {
  const id: Schema = { type: 'string', pattern: '^thg_[0-9a-f]{32}$' };
  const Thing: Schema = {
    type: 'object',
    properties: {
      id,
      at: { type: 'string', format: 'date-time' },
      count: { type: 'integer', minimum: 5 },
      share: { type: 'number', minimum: 0, maximum: 1 },
      inner: { anyOf: [ref('Thing'), nullType] },
      kind: { enum: ['big', 'small'] },
    },
    required: ['id'],
  };
  const Use: Schema = {
    type: 'object',
    properties: { thing_id: id, language: { type: 'string', examples: ['en'] } },
  };
  const exampleOf = makeExamples({ Thing, Use });

  test('is of the form that is described, and ends though the thing holds itself', () => {
    expect(exampleOf(ref('Thing'))).toEqual({
      id: expect.stringMatching(/^thg_[0-9a-f]{32}$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      count: 5,
      share: 0.5,
      inner: null,
      kind: 'big',
    });
  });

  test('of a request holds what has to be there, or the first thing that may', () => {
    expect(Object.keys(Object(exampleOf(ref('Thing'), { requiredOnly: true })))).toEqual(['id']);
    expect(Object.keys(Object(exampleOf(ref('Use'), { requiredOnly: true })))).toEqual([
      'thing_id',
    ]);
  });

  test('is taken from where a text of that name shows one', () => {
    const other: Schema = {
      type: 'object',
      properties: { language: { type: 'string' }, thing_id: { type: 'string' } },
    };
    expect(exampleOf(other)).toEqual({
      language: 'en',
      thing_id: expect.stringMatching(/^thg_/),
    });
  });
});
