import { type Html, html, prose } from '../platform/http/html.ts';
import { POLICY, type Refused } from './acceptable-use.ts';
import { contactLink, readingPage } from './layout.ts';

/** `/acceptable-use`. `contact` is where somebody who was refused wrongly writes to, where there is one. */
export function acceptableUsePage(contact: string | null): string {
  const { title, paragraphs, sections } = POLICY;
  return readingPage(
    'Acceptable use',
    html`<h1>${title}</h1>
${paragraphs.map(paragraph)}
${sections.map(
  (section) => html`<section><h2>${section.title}</h2>
${section.categories ? renderCategories(section.categories) : null}
${section.paragraphs.map(paragraph)}</section>
`,
)}
${contact === null ? null : html`<p>Whoever runs this installation: ${contactLink(contact)}</p>`}`,
  );
}

function paragraph(text: string): Html {
  return html`<p>${prose(text)}</p>`;
}

function renderCategories(categories: Readonly<Record<string, Refused>>): Html {
  return html`<dl>${Object.entries(categories).map(
    ([name, { covers, fine }]) =>
      html`<div><dt><code>${name}</code></dt><dd>${sentence(covers)}</dd><dd>Fine: ${fine}.</dd></div>
`,
  )}</dl>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
