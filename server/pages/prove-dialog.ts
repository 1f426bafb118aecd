import { html } from '../platform/http/html.ts';

/** Asks who somebody is before what needs a fresh proof: a code, or Google where there is no second factor. */
export const PROVE_DIALOG = html`<dialog id="prove" class="card" aria-labelledby="prove-title">
      <h2 id="prove-title">Prove that it is you</h2>
      <form id="prove-code" novalidate>
        <p class="soft">Enter the six digits that your authenticator app shows, or one of your recovery codes.</p>
        <label for="prove-code-text">Code</label>
        <input id="prove-code-text" class="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40" required aria-describedby="prove-problem" />
        <p id="prove-problem" class="bad" role="alert" hidden></p>
        <div class="buttons"><button type="submit" class="main">Continue</button><button type="button" data-cancel>Cancel</button></div>
      </form>
      <form id="prove-google" method="post" action="/auth/signin/google">
        <p class="soft">It is more than ten minutes since you signed in. Google asks who you are, and you come back to this page.</p>
        <div class="buttons"><button type="submit" class="main">Continue with Google</button><button type="button" data-cancel>Cancel</button></div>
      </form>
    </dialog>`;
