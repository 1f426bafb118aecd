import { type Html, html } from '../platform/http/html.ts';
import { contactLink, readingPage } from './layout.ts';
import type { OutsideService } from './outside-services.ts';

export type PrivacyFacts = {
  readonly services: readonly OutsideService[];
  /** Where questions go, as `mailto:` or https; null where an owner works alone. */
  readonly contact: string | null;
  /** True for a method and address of the API that this installation serves, such as `POST /app/exports`. */
  readonly serves: (operation: string) => boolean;
};

/** Something kept, and how long; only where the operation that it depends on is served. */
type Kept = { readonly what: string; readonly howLong: string; readonly needs?: string };

const KEPT: readonly Kept[] = [
  {
    what: 'Your account',
    howLong:
      'Name and e-mail address as Google last told them, and Google’s identifier for you, as long as the account is there.',
    needs: 'GET /auth/callback/google',
  },
  {
    what: 'Films and what they are made of',
    howLong: 'Topics, scripts, narrations, clips and finished films, until you delete them.',
  },
  { what: 'Uploads and transcripts', howLong: 'Until you delete them or your account goes.' },
  {
    what: 'Sessions',
    howLong:
      'A hash, the kind of browser and the network it comes from. A session ends after 7 days unused and after 30 in all; its row goes 30 days later.',
  },
  { what: 'API keys', howLong: 'A hash, the name you gave and when it was last used.' },
  { what: 'Events and webhook deliveries', howLong: '30 days.' },
  {
    what: 'Mail about your account',
    howLong: 'The address and the words go once it is sent; that it was sent is kept for 30 days.',
  },
  {
    what: 'Answers to repeated requests',
    howLong: '24 hours, so that what is asked for twice is made once.',
  },
  {
    what: 'Refused texts',
    howLong: 'Category, rule and time, for 18 months. The text is not kept, nor any part of it.',
  },
  {
    what: 'What was done to your account',
    howLong: '18 months, in identifiers that name nobody: sign-ins, exports and the like.',
  },
  {
    what: 'Staff access',
    howLong:
      '18 months: when staff looked at your account, for how long, and the reason they gave.',
    needs: 'GET /app/staff-access',
  },
  { what: 'Exports', howLong: '7 days.', needs: 'POST /app/exports' },
  {
    what: 'A deleted account',
    howLong:
      'It stops at once and can be restored for 30 days. Then its rows and files are removed for good.',
    needs: 'DELETE /app/account',
  },
];

/** What somebody may do about their data, and by which operation. */
type Right = {
  readonly title: string;
  readonly how: string;
  readonly operation: string;
  /** Where it is done by hand. */
  readonly page?: string;
};

const RIGHTS: readonly Right[] = [
  {
    title: 'Take everything with you',
    how: 'An archive of all that is kept of you, with the films if you like, in a documented form.',
    operation: 'POST /app/exports',
  },
  {
    title: 'Bring it to another clipt',
    how: 'Any installation takes such an archive in.',
    operation: 'POST /app/imports',
  },
  {
    title: 'Delete your account',
    how: 'With everything in it, after 30 days in which you can still restore it.',
    operation: 'DELETE /app/account',
  },
  {
    title: 'Change your mind',
    how: 'Sign in within 30 days and restore the deleted account.',
    operation: 'POST /app/account/restore',
  },
  {
    title: 'Delete a film',
    how: 'With its clips, narrations and pictures.',
    operation: 'DELETE /v1/videos/{id}',
  },
  {
    title: 'See where you are signed in',
    how: 'Every session with its browser and network, each of which you can end at once.',
    operation: 'GET /app/sessions',
    page: '/settings/security',
  },
  {
    title: 'See who looked',
    how: 'Every time that staff looked at your account, when and why.',
    operation: 'GET /app/staff-access',
    page: '/settings/security',
  },
  {
    title: 'Not be counted',
    how: 'Turn telemetry off for your account. A browser that sends Do Not Track or Global Privacy Control is not counted either.',
    operation: 'PUT /app/telemetry',
  },
];

/** `/privacy`, true of this installation: it follows from what is configured and served here. */
export function privacyPage({ services, contact, serves }: PrivacyFacts): string {
  return readingPage(
    'Privacy',
    html`<h1>Privacy</h1>
<p class="lead">What this installation of clipt keeps of you, for how long, and who else learns of it.</p>
<section><h2>No training, no sale, no ads</h2>
<p>What you write, upload and make here trains no model of ours, is sold to nobody, and serves no advertising. There is nothing in clipt that could do any of it.</p></section>
<section><h2>Other services</h2>
${services.length === 0 ? html`<p>None: everything is made here.</p>` : renderServices(services)}</section>
<section><h2>What is kept, and for how long</h2>
<dl>${KEPT.filter(({ needs }) => needs === undefined || serves(needs)).map(
      ({ what, howLong }) => html`<div><dt>${what}</dt><dd>${howLong}</dd></div>
`,
    )}</dl>
<p>Logs say what happened in fixed words and opaque identifiers. They never hold what you wrote or made, your name or your address.</p></section>
<section><h2>Cookies</h2>
<p>Only those that signing in needs: one that keeps you signed in, and while you sign in a few that end with it. No page loads anything from elsewhere but your own films from where they are stored.</p></section>
<section><h2>What you can do</h2>
<dl>${RIGHTS.filter(({ operation }) => serves(operation)).map(
      ({ title, how, operation, page }) =>
        html`<div><dt>${title}</dt><dd>${how}${page === undefined ? null : html` <a href="${page}">Have a look</a>`}</dd><dd class="small"><code>${operation}</code></dd></div>
`,
    )}</dl>
<p>Addresses under <code>/app</code> take the session of a browser that is signed in; no API key reaches them. The <a href="/docs/api">API reference</a> tells of the others.</p>
${questions(contact)}</section>`,
  );
}

function renderServices(services: readonly OutsideService[]): Html {
  return html`<p>Each learns what it needs for its part and nothing else. No identifier of your account goes to any that makes films. What they do with what they are sent is between them and whoever runs this installation.</p>
<dl>${services.map(
    ({ name, host, purpose, sent }) =>
      html`<div><dt>${name}</dt><dd>${purpose} It is sent: ${sent}</dd>${host === null ? null : html`<dd class="small">${host}</dd>`}</div>
`,
  )}</dl>
<p>Everything else is made here.</p>`;
}

function questions(contact: string | null): Html {
  return contact === null
    ? html`<p>This installation runs for its owner alone, on the owner’s machine.</p>`
    : html`<p>For anything else that the law gives you, such as having something corrected or deleted, and for every question: ${contactLink(contact)}</p>`;
}
