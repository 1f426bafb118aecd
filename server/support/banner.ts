import type { Impersonation } from '../platform/http/endpoint.ts';
import { type Html, html } from '../platform/http/html.ts';
import type { AccountId } from '../platform/ids.ts';
import type { ImpersonationRow } from './schema.ts';

/** It looks the same above every page, so it brings its style. */
const STYLE = html`<link rel="stylesheet" href="/pages/staff-banner.css" />`;

const TIME = new Intl.DateTimeFormat('en-GB', {
  ...{ hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
});
const DAY = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' },
});

/** What stands above every page while staff look at an account, as HTML. */
export function bannerForStaff({ id, until }: Impersonation, accountId: AccountId): Html {
  return html`<aside class="staff-banner" aria-label="Support access" data-impersonation="${id}">
      ${STYLE}
      <p><strong>You are looking at the account ${accountId} as staff</strong> until ${TIME.format(until)} UTC. What you change is on record.</p>
      <button id="end-look" type="button">Stop looking</button>
      <script type="module" src="/pages/staff-banner.js"></script>
    </aside>`;
}

/** What stands above the pages of somebody whose account staff look at now, or looked at lately. */
export function bannerForPerson({
  row,
  isLive,
}: {
  readonly row: Pick<ImpersonationRow, 'createdAt' | 'reason'>;
  readonly isLive: boolean;
}): Html {
  const [day, time] = [DAY.format(row.createdAt), `${TIME.format(row.createdAt)} UTC`];
  const what = isLive
    ? html`<strong>Staff are looking at your account now</strong>, since ${time}.`
    : html`<strong>Staff looked at your account</strong> on ${day}, ${time}.`;
  return html`<aside class="staff-banner" aria-label="Support access">
      ${STYLE}
      <p>${what} Their reason: ${row.reason} <a href="/settings/security#staff-access">What they did</a></p>
    </aside>`;
}
