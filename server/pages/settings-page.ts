import { html } from '../platform/http/html.ts';
import { writePage } from './layout.ts';
import { PROVE_DIALOG } from './prove-dialog.ts';

/** `/settings/security`: how somebody signs in, where they are signed in, and what staff did in their account. */
export function settingsPage({ hasTwoFactor }: { readonly hasTwoFactor: boolean }): string {
  return writePage({
    title: 'Sign-in and security',
    style: 'settings.css',
    script: 'settings.js',
    header: html`<nav>
        <a href="/">Studio</a>
        <button id="sign-out" class="link" type="button">Sign out</button>
      </nav>`,
    main: html`
      <noscript><section class="card center"><p>These settings need JavaScript.</p></section></noscript>
      <section id="only-theirs" class="card center" hidden>
        <h1>Sign-in and security</h1>
        <p>Only the person whose account this is sees and changes how they sign in.</p>
      </section>
      <div id="settings" class="settings" hidden>
        <h1>Sign-in and security</h1>
        <p id="problem" class="card bad" role="alert" tabindex="-1" hidden></p>
        ${hasTwoFactor ? TWO_FACTOR : null}
        ${SESSIONS}
        ${STAFF_ACCESS}
      </div>
      <p id="spoken" class="visually-hidden" role="status"></p>`,
    rest: html`${PROVE_DIALOG}
    ${TEMPLATES}`,
  });
}

const TWO_FACTOR = html`<section class="card" id="two-factor" aria-labelledby="two-factor-title">
          <h2 id="two-factor-title">Two-factor</h2>
          <p id="two-factor-state" class="soft"></p>
          <button id="enrol" class="main" type="button" hidden>Set up two-factor</button>
          <div id="enrolment" hidden>
            <div class="scan">
              <svg id="qr" role="img" aria-label="The secret as a QR code"></svg>
              <div>
                <p><strong>1.</strong> Scan the code with an authenticator app, or type this secret into it:</p>
                <p><code id="totp-secret"></code></p>
                <p class="soft small">The secret is not shown again.</p>
              </div>
            </div>
            <form id="confirm" novalidate>
              <label for="confirm-code"><strong>2.</strong> The six digits that the app shows now</label>
              <input id="confirm-code" class="code" autocomplete="one-time-code" inputmode="numeric" maxlength="10" required aria-describedby="confirm-problem" />
              <p id="confirm-problem" class="bad" role="alert" hidden></p>
              <div class="buttons"><button type="submit" class="main">Turn two-factor on</button><button type="button" id="enrol-cancel">Cancel</button></div>
            </form>
          </div>
          <section id="recovery" aria-labelledby="recovery-title" tabindex="-1" hidden>
            <h3 id="recovery-title">Keep these recovery codes</h3>
            <p>Each works once in place of the app, should you lose it. They are not shown again.</p>
            <ul id="recovery-codes"></ul>
            <div class="buttons"><button id="copy-codes" type="button">Copy</button><button id="hide-codes" type="button">I have kept them</button></div>
          </section>
          <div id="two-factor-on" class="buttons" hidden>
            <button id="renew-codes" type="button">New recovery codes</button>
            <button id="disable" type="button">Turn two-factor off</button>
          </div>
        </section>`;

const SESSIONS = html`<section class="card" aria-labelledby="sessions-title">
          <h2 id="sessions-title">Where you are signed in</h2>
          <ul id="sessions" class="rows"></ul>
          <button id="end-others" type="button" hidden>End all others</button>
        </section>`;

const STAFF_ACCESS = html`<section class="card" id="staff-access" aria-labelledby="staff-title">
          <h2 id="staff-title">What staff did in your account</h2>
          <p id="staff-none" class="soft" hidden>Nothing. Should they ever look at it, you find here when and why.</p>
          <ul id="staff-rows" class="rows"></ul>
          <button id="staff-more" type="button" hidden>Show more</button>
        </section>`;

const TEMPLATES = html`<template id="row">
      <li>
        <strong data-part="name"></strong>
        <span class="small soft" data-part="about"></span>
        <button class="link" type="button" data-part="act" hidden></button>
      </li>
    </template>`;
