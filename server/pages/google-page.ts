import { html } from '../platform/http/html.ts';
import { AGREEMENT, writePage } from './layout.ts';

/** `/signin` for everybody: Google, and what may be owed after it. */
export function googlePage(): string {
  return writePage({
    title: 'Sign in',
    script: 'signin-google.js',
    main: html`
      <p id="problem" class="card notice" role="alert" hidden></p>
      <section class="card center" id="google">
        <h1>Make your first film in a minute</h1>
        <p class="soft">A topic goes in; a captioned vertical video comes out.</p>
        <form method="post" action="/auth/signin/google" id="google-form">
          <button type="submit" class="main">Continue with Google</button>
        </form>
        <p class="soft small">clipt learns your name and address from Google, and nothing else. There are no passwords here.</p>
      </section>
      <section class="card center" id="second-factor" hidden>
        <h1>Enter your code</h1>
        <p class="soft">The six digits that your authenticator app shows, or one of your recovery codes.</p>
        <form id="code-form" novalidate>
          <label for="code">Code</label>
          <input id="code" name="code" class="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40" required aria-describedby="problem" />
          <button type="submit" class="main">Continue</button>
          <button type="button" class="link" data-sign-out>Sign out</button>
        </form>
      </section>
      <section class="card center" id="restore" hidden>
        <h1>This account is being deleted</h1>
        <p class="soft">Nothing of it is gone yet. Restore it and everything is as it was, but for API keys, which stay revoked.</p>
        <button type="button" class="main" id="restore-account">Restore my account</button>
        <button type="button" class="link" data-sign-out>Leave it and sign out</button>
      </section>
      ${AGREEMENT}`,
  });
}
