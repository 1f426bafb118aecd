// Staff stop looking at an account.

import { ask, explain } from './api.js';

const button = document.querySelector('#end-look');

button.addEventListener('click', async () => {
  button.disabled = true;
  try {
    await ask('/app/admin/impersonations/current', { method: 'DELETE' });
    location.assign('/');
  } catch (error) {
    button.disabled = false;
    button.textContent = explain(error);
  }
});
