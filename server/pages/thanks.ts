import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { html } from '../platform/http/html.ts';
import { readingPage } from './layout.ts';

const thanksSchema = z.array(
  z.strictObject({
    name: z.string().trim().min(1).max(100),
    /** Where the person would like to be found. */
    link: z.url({ protocol: /^https$/ }).optional(),
    /** When the fault was mended. */
    date: z.iso.date(),
    /** What was found, in a sentence. */
    what: z.string().trim().min(1).max(300),
  }),
);

/** People who reported a vulnerability and wish to be named. */
export type Thanks = z.infer<typeof thanksSchema>;

/** Those of `thanks.json`. */
export function readThanks(): Thanks {
  const text = readFileSync(join(import.meta.dirname, 'thanks.json'), 'utf8');
  return parseThanks(JSON.parse(text));
}

export function parseThanks(value: unknown): Thanks {
  return thanksSchema.parse(value);
}

/** `/security/thanks`, the newest first. */
export function thanksPage(thanks: Thanks): string {
  const newestFirst = thanks.toSorted((a, b) => b.date.localeCompare(a.date));
  return readingPage(
    'Thanks',
    html`<h1>Thanks</h1>
<p class="lead">People who found a fault in clipt’s security and told us before anybody else.</p>
<section>
${
  thanks.length === 0
    ? html`<p class="nothing">Nobody has reported a fault yet. <a href="/security">How to be the first</a></p>`
    : html`<dl>${newestFirst.map(
        ({ name, link, date, what }) =>
          html`<div><dt>${link === undefined ? name : html`<a href="${link}" rel="noopener nofollow">${name}</a>`}</dt><dd>${what}</dd><dd><time datetime="${date}">${date}</time></dd></div>
`,
      )}</dl>
<p><a href="/security">How to report a fault</a></p>`
}
</section>`,
  );
}
