// Exchanges the token of a sign-in link for a session. The token stands in the fragment, which no server sees.

import { ask, Refusal } from './api.js';

const STATES = ['working', 'expired', 'no-token', 'offline', 'refused'];
let token = '';

function show(state) {
  for (const id of STATES) document.getElementById(id).hidden = id !== state;
}

/** Takes the token out of the address, so that neither history nor a glance at the screen keeps it. */
function takeToken() {
  token = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
}

async function signIn() {
  show('working');
  try {
    if (token === '') await ask('/app/me');
    else await ask('/app/sessions', { method: 'POST', body: { token } });
    location.replace('/');
  } catch (error) {
    showRefusal(error);
  }
}

function showRefusal(error) {
  if (!(error instanceof Refusal)) return show('offline');
  if (error.status === 401) return show(token === '' ? 'no-token' : 'expired');
  document.getElementById('reason').textContent = error.message;
  show('refused');
}

for (const button of document.querySelectorAll('[data-again]')) {
  button.addEventListener('click', signIn);
}
// Another link pasted into the same tab changes the fragment alone.
addEventListener('hashchange', () => {
  if (location.hash === '') return;
  takeToken();
  signIn();
});

takeToken();
signIn();
