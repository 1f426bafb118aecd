// The studio's first page.

import { ask } from './api.js';
import { addFilm, startFilms } from './films.js';
import { startKeys } from './keys.js';
import { startMakeForm } from './make-form.js';

const byId = (id) => document.getElementById(id);

function onSignedOut() {
  location.replace('/signin');
}

function onReach(reached) {
  const status = byId('status');
  status.hidden = false;
  status.classList.toggle('lost', !reached);
  const words = reached ? 'The studio is running' : 'No connection; trying again';
  if (status.textContent !== words) status.textContent = words;
  if (reached) byId('sign-out').hidden = false;
}

byId('sign-out').addEventListener('click', async () => {
  try {
    await ask('/app/sessions/current', { method: 'DELETE' });
    onSignedOut();
  } catch {
    // Gone already, or not reachable: looking again tells which.
    location.reload();
  }
});

function showStudio() {
  byId('studio').hidden = false;
}

startMakeForm({ onMade: addFilm, onSignedOut });
// Somebody who is signed out is told at once, without the studio flashing up; a slow answer does not leave a blank page.
setTimeout(showStudio, 400);
await startFilms({ onSignedOut, onReach });
showStudio();
await startKeys({ onSignedOut });
