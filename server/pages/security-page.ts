import { type Html, html } from '../platform/http/html.ts';
import { contactLink, readingPage } from './layout.ts';

/** `/security`. `contact` is where vulnerabilities are reported; null where an owner works alone. */
export function securityPage(contact: string | null): string {
  return readingPage(
    'Security',
    html`<h1>Security</h1>
<p class="lead">If you have found a way past what is meant to protect people here, please tell us before anybody else.</p>
<section><h2>How to report</h2>
${report(contact)}
<p>Say what you did, what happened, and what somebody could do with it. A few lines and a request that shows it are worth more than a scanner’s report.</p></section>
<section><h2>What you can count on</h2>
<ul>
<li><strong>An answer within 48 hours</strong>, by a person, and word again when it is mended.</li>
<li><strong>Credit</strong> in the <a href="/security/thanks">hall of thanks</a>, under the name you choose, or none if you prefer.</li>
<li><strong>Safe harbour.</strong> Research in good faith within the bounds below counts as authorised. No legal steps are taken against you or asked of others for it, and if somebody else takes them, we say that you acted with our consent. Where you are unsure whether something is within bounds, ask first.</li>
</ul>
<p>Please leave time to mend a fault before you publish it: 90 days, or less once it is mended.</p></section>
<section><h2>In bounds</h2>
<ul>
<li>This installation: its pages, its API and what runs behind them, with accounts of your own.</li>
<li>clipt itself on a machine of yours, in every way you like. Without any key it makes films on its own, so nothing you try there costs anything.</li>
<li>Above all: reaching another account, getting past sign-in or a fresh proof, keys and sessions that outlive their end, files opened by a hostile upload, requests that our server can be made to send, films made at somebody else’s expense.</li>
</ul></section>
<section><h2>Out of bounds</h2>
<ul>
<li>Other people’s data. If you come upon some, stop, keep nothing, and tell us.</li>
<li>Slowing or stopping the service for others, and making many films to see whether a limit holds.</li>
<li>Tricking people, mail to staff or users under a false name, and getting into buildings.</li>
<li>The services behind this one: report those to whoever runs them. The <a href="/privacy">privacy page</a> names them.</li>
<li>What has no consequence by itself: version numbers, a header that some list recommends, fields without a limit.</li>
</ul></section>
<section><h2>What holds today</h2>
<ul>
<li>Sessions and API keys are kept as hashes alone. A session ends after 7 days unused and after 30 in all, and can be ended at once from the list of sessions.</li>
<li>What belongs to another account answers exactly like what does not exist.</li>
<li>Every page runs under a content policy without inline script or style, and requests by cookie must come from our own pages.</li>
<li>Uploads are recognised by what they decode to, opened in a process without secrets and with limits, and always encoded anew.</li>
<li>Services that make films are sent listed fields and nothing else; none of those fields can name an account.</li>
<li>Logs take fixed words and listed fields; there is no way to log what you wrote or made.</li>
<li>What is done to accounts goes on record as a chain of hashes that cannot be changed unnoticed.</li>
</ul></section>`,
  );
}

function report(contact: string | null): Html {
  return contact === null
    ? html`<p>This installation runs for its owner alone and names no contact. For a fault in clipt itself, use “Report a vulnerability” under the security advisories of its repository: only those who look after it can read that.</p>`
    : html`<p>Write to <strong>${contactLink(contact)}</strong>. For a fault in clipt itself, “Report a vulnerability” under the security advisories of its repository will do as well.</p>`;
}
