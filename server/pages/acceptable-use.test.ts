import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CATEGORIES } from '../moderation/terms.ts';
import { POLICY } from './acceptable-use.ts';
import { acceptableUsePage } from './acceptable-use-page.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'acceptable-use.md');

/** The policy as a Markdown document, whose lines may end anywhere. */
function asMarkdown(): string {
  const sections = POLICY.sections.flatMap(({ title, categories, paragraphs }) => [
    `## ${title}`,
    ...(categories
      ? [
          '| category | what it covers | what is fine |',
          '|---|---|---|',
          ...Object.entries(categories).map(
            ([name, { covers, fine }]) => `| \`${name}\` | ${covers} | ${fine} |`,
          ),
        ]
      : []),
    ...paragraphs,
  ]);
  return [`# ${POLICY.title}`, ...POLICY.paragraphs, ...sections].join('\n\n');
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

test('the document says word by word what the page says', () => {
  expect(words(readFileSync(DOCUMENT, 'utf8'))).toEqual(words(asMarkdown()));
});

test('every category that is judged is on the page, and no other', () => {
  const named = [...acceptableUsePage(null).matchAll(/<dt><code>(\w+)<\/code><\/dt>/g)];
  expect(named.map(([, name]) => name)).toEqual([...CATEGORIES]);
});

test('somebody who was refused wrongly learns whom to write to', () => {
  expect(acceptableUsePage('mailto:help@example.org')).toContain(
    '<a href="mailto:help@example.org">help@example.org</a>',
  );
});
