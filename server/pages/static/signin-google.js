// Signing in with Google, and what may be owed after it: a code, or a word about a deleted account.

import { ask, explain, Refusal } from './api.js';

const byId = (id) => document.getElementById(id);

/** What brought somebody back here, by the word in the address. */
const REASONS = {
  AccessDenied: 'Google did not let you in, or you changed your mind. Nothing happened.',
  OAuthCallbackError: 'Google did not let you in, or you changed your mind. Nothing happened.',
  email_not_verified: 'Google has not verified your address. Verify it there, then come back.',
  signed_in_as_another:
    'Somebody else is signed in in this browser. Sign out first, then sign in again.',
};
const UNKNOWN_REASON =
  'Signing in did not work. Try again; if it stays so, tell whoever runs this installation.';

function show(part) {
  for (const id of ['google', 'second-factor', 'restore']) byId(id).hidden = id !== part;
  if (part === 'second-factor') byId('code').focus();
}

function tell(words) {
  byId('problem').textContent = words;
  byId('problem').hidden = words === '';
}

/** Where to go once somebody is in; addresses of this installation only. */
function returnTo() {
  const asked = new URLSearchParams(location.search).get('return_to') ?? '/';
  const target = URL.parse(asked, location.origin);
  return target?.origin === location.origin ? target.href : '/';
}

/** Goes on if somebody is in; shows what is owed if not. */
async function lookWhoIsIn() {
  try {
    const { stage } = await ask('/app/me');
    if (stage === 'second_factor') show('second-factor');
    else if (stage === 'restore') show('restore');
    else if (reason() === null) location.replace(returnTo());
  } catch (error) {
    show('google');
    if (!(error instanceof Refusal)) tell(explain(error));
  }
}

function reason() {
  return new URLSearchParams(location.search).get('error');
}

async function attempt(button, work) {
  tell('');
  button.setAttribute('aria-busy', 'true');
  try {
    await work();
  } catch (error) {
    tell(explain(error));
    // The next one is typed over it.
    byId('code').select();
    if (error instanceof Refusal && error.isSignedOut && error.code !== 'totp_invalid')
      show('google');
  } finally {
    button.removeAttribute('aria-busy');
  }
}

byId('code-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = byId('code').value.trim();
  const button = byId('code-form').querySelector('.main');
  attempt(button, async () => {
    await ask('/app/two-factor/challenge', { method: 'POST', body: { code } });
    await lookWhoIsIn();
  });
});
byId('restore-account').addEventListener('click', () => {
  attempt(byId('restore-account'), async () => {
    await ask('/app/account/restore', { method: 'POST', body: {} });
    show('google');
    tell('Your account is restored. Sign in once more.');
  });
});
for (const button of document.querySelectorAll('[data-sign-out]')) {
  button.addEventListener('click', () =>
    attempt(button, async () => {
      await ask('/app/sessions/current', { method: 'DELETE' });
      show('google');
    }),
  );
}

const asked = new URLSearchParams({ return_to: returnTo() });
byId('google-form').action = `/auth/signin/google?${asked}`;
if (reason() !== null) tell(REASONS[reason()] ?? UNKNOWN_REASON);
await lookWhoIsIn();
