// The second factor: set up, its recovery codes, turned off.

import { ask, explain } from './api.js';
import { withProof } from './prove.js';
import { timeOf } from './rows.js';

const byId = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const OFF =
  'Off. With it, signing in takes a code of an app on your phone as well, so that whoever gets into your Google account does not get in here.';

/** @param {{ attempt: (work: () => Promise<void>) => Promise<void>, onChanged: () => Promise<void> }} told */
export async function startTwoFactor({ attempt, onChanged }) {
  if (!byId('two-factor')) return;
  byId('enrol').addEventListener('click', () => attempt(enrol));
  byId('enrol-cancel').addEventListener('click', () => attempt(refresh));
  byId('confirm').addEventListener('submit', (event) => {
    event.preventDefault();
    confirm();
  });
  byId('renew-codes').addEventListener('click', () => attempt(renew));
  byId('hide-codes').addEventListener('click', () => {
    byId('recovery-codes').replaceChildren();
    byId('recovery').hidden = true;
    byId('renew-codes').focus();
  });
  byId('copy-codes').addEventListener('click', copyCodes);
  whenSure(byId('disable'), 'Really turn it off?', () => attempt(disable));
  await attempt(refresh);

  async function confirm() {
    const problem = byId('confirm-problem');
    problem.hidden = true;
    const code = byId('confirm-code').value.trim();
    try {
      const { recovery_codes: codes } = await ask('/app/two-factor/confirm', {
        ...{ method: 'POST', body: { code } },
      });
      await refresh();
      showCodes(codes);
      await onChanged();
    } catch (error) {
      problem.textContent = explain(error);
      problem.hidden = false;
      byId('confirm-code').select();
    }
  }

  async function disable() {
    await withProof(() => ask('/app/two-factor', { method: 'DELETE' }));
    byId('recovery').hidden = true;
    await refresh();
    byId('enrol').focus();
    await onChanged();
  }
}

async function refresh() {
  const state = await ask('/app/two-factor');
  const isOn = state.status === 'on';
  byId('two-factor-state').textContent = isOn
    ? `On since ${timeOf(state.enabled_at)}. Recovery codes left: ${state.recovery_codes_left}.`
    : OFF;
  byId('two-factor-on').hidden = !isOn;
  byId('enrol').hidden = isOn;
  byId('enrolment').hidden = true;
  byId('totp-secret').textContent = '';
  byId('qr').replaceChildren();
}

async function enrol() {
  const { secret, qr } = await withProof(() => ask('/app/two-factor', { method: 'POST' }));
  byId('totp-secret').textContent = secret;
  drawQr(qr);
  byId('enrol').hidden = true;
  byId('enrolment').hidden = false;
  byId('confirm-code').value = '';
  byId('confirm-code').focus();
}

function drawQr({ size, path }) {
  const dark = document.createElementNS(SVG, 'path');
  dark.setAttribute('d', path);
  byId('qr').setAttribute('viewBox', `0 0 ${size} ${size}`);
  byId('qr').replaceChildren(dark);
}

async function renew() {
  const made = await withProof(() => ask('/app/two-factor/recovery-codes', { method: 'POST' }));
  await refresh();
  showCodes(made.recovery_codes);
}

function showCodes(codes) {
  byId('recovery-codes').replaceChildren(
    ...codes.map((code) => {
      const item = document.createElement('li');
      item.append(Object.assign(document.createElement('code'), { textContent: code }));
      return item;
    }),
  );
  byId('copy-codes').textContent = 'Copy';
  byId('recovery').hidden = false;
  byId('recovery').focus();
}

async function copyCodes() {
  const list = byId('recovery-codes');
  const codes = [...list.children].map((item) => item.textContent);
  try {
    await navigator.clipboard.writeText(codes.join('\n'));
    byId('copy-codes').textContent = 'Copied';
    byId('spoken').textContent = 'The codes are copied.';
  } catch {
    getSelection().selectAllChildren(list);
    byId('copy-codes').textContent = 'Selected: press Ctrl C';
  }
}

/** What cannot be undone takes two presses of its button. */
function whenSure(button, question, run) {
  const words = button.textContent;
  let isSure = false;
  const calm = () => {
    isSure = false;
    button.textContent = words;
  };
  button.addEventListener('blur', calm);
  button.addEventListener('click', () => {
    if (!isSure) {
      isSure = true;
      button.textContent = question;
      return;
    }
    calm();
    run();
  });
}
