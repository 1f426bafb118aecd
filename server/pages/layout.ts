import { type Html, html } from '../platform/http/html.ts';

/** Stands at the end of every page of ours. */
export const FOOTER = html`<footer>
      <nav aria-label="About clipt">
        <a href="/privacy">Privacy</a>
        <a href="/acceptable-use">Acceptable use</a>
        <a href="/security">Security</a>
        <a href="/docs/api">API</a>
      </nav>
    </footer>`;

/** A page to be read, of plain HTML without any script. */
export function readingPage(title: string, content: Html): string {
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · clipt</title>
    <link rel="icon" href="/pages/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/pages/style.css" />
    <link rel="stylesheet" href="/pages/reading.css" />
  </head>
  <body>
    <header>
      <img src="/pages/icon.svg" alt="" />
      <strong>clipt</strong>
      <nav><a href="/">Studio</a></nav>
    </header>
    <main class="reading">
${content}
    </main>
    ${FOOTER}
  </body>
</html>
`;
  return page.markup;
}

/** A page of `static/`, which ends without the footer. */
export function withFooter(page: string): string {
  return page.replace('</body>', () => `${FOOTER.markup}\n  </body>`);
}

/** A link to whoever runs the installation. */
export function contactLink(contact: string): Html {
  return html`<a href="${contact}">${contact.replace(/^mailto:/, '')}</a>`;
}
