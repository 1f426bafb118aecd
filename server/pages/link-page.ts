import { html } from '../platform/http/html.ts';
import { AGREEMENT, writePage } from './layout.ts';

/** `/signin` where the owner works alone: the one-time link of the terminal. */
export function linkPage(): string {
  return writePage({
    title: 'Sign in',
    script: 'signin.js',
    main: html`
      <noscript><section class="card center"><p>Signing in needs JavaScript.</p></section></noscript>
      <div aria-live="polite">
        <section class="card center" id="working" hidden>
          <h1>Signing you in …</h1>
          <p class="soft">This takes a moment.</p>
        </section>
        <section class="card center" id="expired" hidden>
          <h1>This link does not work any more</h1>
          <p class="soft">A sign-in link works once, for ten minutes. Get a new one in the terminal where clipt lives:</p>
          <pre class="command"><code>./clipt link</code></pre>
        </section>
        <section class="card center" id="no-token" hidden>
          <h1>Open your sign-in link</h1>
          <p class="soft">It is in the terminal where clipt was started. For a new one, run there:</p>
          <pre class="command"><code>./clipt link</code></pre>
        </section>
        <section class="card center" id="offline" hidden>
          <h1>clipt does not answer</h1>
          <p class="soft">Check that it is still running. Your link has not been used up.</p>
          <button type="button" class="main" data-again>Try again</button>
        </section>
        <section class="card center" id="refused" hidden>
          <h1>That did not work</h1>
          <p class="soft" id="reason"></p>
          <button type="button" class="main" data-again>Try again</button>
        </section>
      </div>
      ${AGREEMENT}`,
  });
}
