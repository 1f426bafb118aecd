// How somebody signs in, where they are signed in, and what staff did in their account.

import { ask, explain, Refusal } from './api.js';
import { isLooking } from './looking.js';
import { startSessions } from './session-list.js';
import { startStaffAccess } from './staff-access.js';
import { startTwoFactor } from './two-factor.js';

const problem = document.getElementById('problem');

function onSignedOut() {
  location.replace(`/signin?${new URLSearchParams({ return_to: location.pathname })}`);
}

/** Does something that may be refused, and says so. */
async function attempt(work) {
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal && error.isSignedOut) return onSignedOut();
    problem.textContent = explain(error);
    problem.hidden = false;
    problem.focus();
  }
}

document.getElementById('sign-out').addEventListener('click', () =>
  attempt(async () => {
    await ask('/app/sessions/current', { method: 'DELETE' });
    location.replace('/signin');
  }),
);

async function showSettings() {
  const sessions = await startSessions(attempt);
  await startTwoFactor({ attempt, onChanged: sessions.refresh });
  await startStaffAccess(attempt);
  document.getElementById('settings').hidden = false;
  // It was not there yet when the browser looked for it.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

if (isLooking) document.getElementById('only-theirs').hidden = false;
else await showSettings();
