// Proving again who one is, before what needs a fresh proof.

import { ask, explain, Refusal } from './api.js';

const dialog = document.getElementById('prove');
const codeForm = document.getElementById('prove-code');
const googleForm = document.getElementById('prove-google');
const code = document.getElementById('prove-code-text');
const problem = document.getElementById('prove-problem');

/** Does something. Where a fresh proof is asked for, asks the person for it and does it once more. */
export async function withProof(work) {
  try {
    return await work();
  } catch (error) {
    const isOwed = error instanceof Refusal && error.code === 'step_up_required';
    if (!isOwed || !(await prove(error.method))) throw error;
    return await work();
  }
}

/** True once somebody has proved who they are; Google leads away from the page. */
async function prove(method) {
  codeForm.hidden = method !== 'totp';
  googleForm.hidden = method === 'totp';
  code.value = '';
  problem.hidden = true;
  dialog.returnValue = '';
  dialog.showModal();
  const { promise, resolve } = Promise.withResolvers();
  dialog.addEventListener('close', resolve, { once: true });
  await promise;
  return dialog.returnValue === 'proved';
}

codeForm.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    await ask('/app/step-up', { method: 'POST', body: { code: code.value.trim() } });
    dialog.close('proved');
  } catch (error) {
    problem.textContent = explain(error);
    problem.hidden = false;
    code.select();
  }
});
for (const button of dialog.querySelectorAll('[data-cancel]')) {
  button.addEventListener('click', () => dialog.close());
}
googleForm.action = `/auth/signin/google?${new URLSearchParams({ return_to: location.href })}`;
