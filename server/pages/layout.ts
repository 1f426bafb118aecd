import { type Html, html } from '../platform/http/html.ts';

const FOOTER = html`<footer>
      <nav aria-label="About clipt">
        <a href="/privacy">Privacy</a>
        <a href="/acceptable-use">Acceptable use</a>
        <a href="/security">Security</a>
        <a href="/docs/api">API</a>
      </nav>
    </footer>`;

export type Page = {
  readonly title: string;
  /** Files of `static/` beside `style.css`. */
  readonly style?: string;
  readonly script?: string;
  /** Beside the name of clipt at the top. */
  readonly header?: Html;
  /** `reading` for a page of text. */
  readonly kind?: 'reading';
  readonly main: Html;
  /** Dialogs and templates, which are not part of what is read. */
  readonly rest?: Html;
};

/** Every page of ours: what browsers are told of it, the top, what it is about, and the way to what people may count on. */
export function writePage({ title, style, script, header, kind, main, rest }: Page): string {
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · clipt</title>
    <link rel="icon" href="/pages/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/pages/style.css" />
    ${style === undefined ? null : html`<link rel="stylesheet" href="/pages/${style}" />`}
    ${script === undefined ? null : html`<script type="module" src="/pages/${script}"></script>`}
  </head>
  <body>
    <header>
      <img src="/pages/icon.svg" alt="" />
      <strong>clipt</strong>
      ${header ?? null}
    </header>
    <main${kind === undefined ? null : html` class="${kind}"`}>
${main}
    </main>
    ${rest ?? null}
    ${FOOTER}
  </body>
</html>
`;
  return page.markup;
}

/** A page to be read, of plain HTML without any script. */
export function readingPage(title: string, main: Html): string {
  const header = html`<nav><a href="/">Studio</a></nav>`;
  return writePage({ title, style: 'reading.css', kind: 'reading', header, main });
}

/** Said where somebody signs in. */
export const AGREEMENT = html`<p class="agreement small soft">By continuing you accept the <a href="/acceptable-use">acceptable-use policy</a> and say that you have read the <a href="/privacy">privacy page</a>.</p>`;

/** A link to whoever runs the installation. */
export function contactLink(contact: string): Html {
  return html`<a href="${contact}">${contact.replace(/^mailto:/, '')}</a>`;
}
