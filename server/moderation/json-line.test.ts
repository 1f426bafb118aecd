import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf, lineOfFault } from './json-line.ts';

const TEXT = `{
  "a": "}, \\"b\\": [",
  "b": [
    [], { "c": 1 },
    { "d":
      [1, 2,
       3] }
  ],
  "e": null
}`;

describe('the line of a JSON value', () => {
  test.each([
    [[], 1],
    [['a'], 2],
    [['b'], 3],
    [['b', 1], 4],
    [['b', 1, 'c'], 4],
    [['b', 2], 5],
    [['b', 2, 'd', 2], 7],
    [['e'], 9],
    [['b', 1, 'missing'], 4],
    [['b', 9], 3],
    [['missing', 'too'], 1],
  ])('of %j is %i', (path, line) => {
    expect(lineOf(TEXT, path)).toBe(line);
  });

  test('is that of each item of any list that is written one to a line', () => {
    const lists = fc.array(fc.jsonValue(), { minLength: 1 });
    fc.assert(
      fc.property(lists, (items) => {
        const text = `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
        return items.every((_, index) => lineOf(text, [index]) === index + 2);
      }),
    );
  });
});

describe('the line on which a text stops being JSON', () => {
  test.each([
    ['a comma that is missing', '{\n"a": 1\n"b": 2\n}', 3],
    ['a comma too many', '[\n1,\n]', 3],
    ['two commas', '[\n1,\n,\n2]', 3],
    ['a quote that is missing', '{\n"a": 1,\n"b: 2,\n"c": 3\n}', 3],
    ['single quotes', "{\n'a': 1\n}", 2],
    ['a key without quotes', '{\na: 1\n}', 2],
    ['a remark', '{\n// mine\n"a": 1\n}', 2],
    ['the wrong bracket', '[\n1\n}', 3],
    ['a key without a value', '{\n"a":\n}', 3],
    ['a value without a key', '{\n"a": 1, 2\n}', 2],
    ['more than one value', '{}\n{}', 2],
    ['an end that is missing', '{\n"a": [1,\n2]\n\n', 3],
    ['nothing at all', '', 1],
  ])('is found for %s', (_, text, line) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(lineOfFault(text)).toBe(line);
  });

  test('is the last for what is cut off anywhere', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
        const text = JSON.stringify([value], null, 1);
        const cut = text.slice(0, at % text.length).trimEnd();
        return lineOfFault(cut) === cut.split('\n').length;
      }),
    );
  });
});
