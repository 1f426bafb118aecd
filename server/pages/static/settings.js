// How somebody signs in, where they are signed in, and what staff did in their account.

import { ask, attemptIn } from './api.js';
import { isLooking } from './looking.js';
import { startSessions } from './session-list.js';
import { startStaffAccess } from './staff-access.js';
import { startTwoFactor } from './two-factor.js';

function onSignedOut() {
  location.replace(`/signin?${new URLSearchParams({ return_to: location.pathname })}`);
}

const attempt = attemptIn(document.getElementById('problem'), onSignedOut);

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
